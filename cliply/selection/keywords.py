"""Words that make people listen up: those of a lexicon, and the terms of the talk itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cliply.selection.lexicon import Lexicon, normalise


class TriggerKind(StrEnum):
    """What sort of word or phrase it is."""

    question = "question"
    number = "number"
    strong = "strong"


class Trigger(NamedTuple):
    """A hit at one word of a transcript."""

    word: int
    weight: float
    kind: TriggerKind
    text: str


NUMBER_WEIGHT = 0.4
QUESTION_WEIGHT = 0.8
SHORTEST_TERM = 4
"""Letters of the shortest word that can be a term of a talk."""

AGAIN_MS = 15_000
"""A trigger that is heard again within this time has lost some of its weight."""

BLOCK_MS = 60_000
"""Length of the parts between which the terms of a talk are compared."""
TOPIC_WEIGHT = 0.25
"""Most that a term of the talk can weigh."""


def asks(word: str) -> bool:
    """Whether a sentence that ends with the word is a question."""
    return word.rstrip("\"'”’)").endswith(("?", "？", "؟"))


def find_triggers(words: Sequence[str], lexicon: Lexicon) -> list[Trigger]:
    """Hits in order of their words; numbers in figures and questions are found in any language."""
    terms = [normalise(word) for word in words]
    hits: list[Trigger] = []
    for index, (word, term) in enumerate(zip(words, terms, strict=True)):
        if asks(word):
            hits.append(Trigger(index, QUESTION_WEIGHT, TriggerKind.question, term))
        if any(map(str.isdigit, term)) or term in lexicon.number_words:
            hits.append(Trigger(index, NUMBER_WEIGHT, TriggerKind.number, term))
    return sorted([*hits, *_strong_words(terms, lexicon)])


def _strong_words(terms: Sequence[str], lexicon: Lexicon) -> Iterator[Trigger]:
    """Phrases, and strong words outside of them."""
    known_phrases, known_words = lexicon.phrases or {}, lexicon.strong or {}
    index = 0
    while index < len(terms):
        phrases = (tuple(terms[index : index + length]) for length in (3, 2))
        phrase = next((words for words in phrases if words in known_phrases), None)
        if phrase:
            yield Trigger(index, known_phrases[phrase], TriggerKind.strong, " ".join(phrase))
        elif terms[index] in known_words:
            yield Trigger(index, known_words[terms[index]], TriggerKind.strong, terms[index])
        index += len(phrase) if phrase else 1


def fresh_weights(triggers: Sequence[Trigger], starts_ms: Sequence[int]) -> list[float]:
    """The weight of each trigger, divided by how often its like was said in a row,
    less than `AGAIN_MS` apart.

    The like of a strong word is the same word, that of a number any number: who reads out a
    list of them says nothing new by each.
    """
    last: dict[str, tuple[int, int]] = {}
    weights = []
    for trigger in triggers:
        like = trigger.text if trigger.kind is TriggerKind.strong else trigger.kind.value
        then_ms, said = last.get(like, (-AGAIN_MS, 0))
        start_ms = starts_ms[trigger.word]
        said = said + 1 if start_ms - then_ms < AGAIN_MS else 1
        last[like] = (start_ms, said)
        weights.append(trigger.weight / said)
    return weights


def topic_weights(
    words: Sequence[str], starts_ms: Sequence[int], lexicon: Lexicon
) -> NDArray[np.float64]:
    """How distinctive each word is for its minute of the talk, 0…`TOPIC_WEIGHT`.

    TF-IDF over blocks of a minute: a term counts once it is said twice in its block, fully
    at four times, and the less the more blocks know it. All 0 in talks under three minutes.
    """
    terms = [normalise(word) for word in words]
    blocks = [start // BLOCK_MS for start in starts_ms]
    total = len(set(blocks))
    weights = np.zeros(len(terms))
    if total < 3:
        return weights
    counts = Counter(zip(terms, blocks, strict=True))
    spread = Counter(term for term, _ in counts)
    for index, (term, block) in enumerate(zip(terms, blocks, strict=True)):
        if len(term) >= SHORTEST_TERM and term not in lexicon.stopwords:
            often = min(1.0, (counts[term, block] - 1) / 3)
            weights[index] = TOPIC_WEIGHT * often * log(total / spread[term]) / log(total)
    return weights
