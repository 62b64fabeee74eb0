"""Words that make people listen up: a weighted lexicon, and the terms of the talk itself."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


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


def vocabulary(words: str) -> frozenset[str]:
    """Words that stand apart by white space."""
    return frozenset(words.split())


def _weighted(groups: Mapping[float, str]) -> dict[str, float]:
    return {word: weight for weight, words in groups.items() for word in words.split()}


STRONG = _weighted(
    {
        1.0: """secret secrets mistake mistakes truth lie lied lies myth shocking shocked insane
            unbelievable incredible impossible miracle scandal betrayed exposed banned warning""",
        0.8: """never nobody worst best biggest greatest craziest scariest funniest hardest
            dangerous illegal terrifying terrified furious disaster failed failure regret quit
            fired bankrupt broke died killed love hate surprising surprised stunning amazing""",
        0.6: """why wrong problem fail crazy ridiculous wow magic hack trick proof proven fear
            afraid dead death kill war money rich poor free fastest easiest cheapest largest
            smallest strongest richest oldest youngest unique rare weird strange hilarious""",
        0.4: """how always everyone everything nothing must stop first last only most least
            better worse huge tiny powerful important imagine remember suddenly finally
            actually literally exactly absolutely lesson story advice rule reason key""",
    }
)
"""English words and how strongly each pulls a listener in, 0…1."""

PHRASES = {
    tuple(phrase.split()): weight
    for weight, phrases in {
        1.0: ("here's why", "the truth is", "no one", "guess what", "turns out", "plot twist"),
        0.8: ("what if", "how to", "the problem is", "changed my life", "the first time"),
        0.6: ("let me tell", "the thing is", "listen to this", "i was wrong", "big deal"),
    }.items()
    for phrase in phrases
}
"""English phrases of two or three words and their weights; a hit counts at the first word."""

NUMBER_WORDS = vocabulary(
    """
    hundred thousand million billion trillion percent double triple half dollars euros
    """
)
NUMBER_WEIGHT = 0.4
QUESTION_WEIGHT = 0.8

STOPWORDS = vocabulary(
    """
    about above after again against also another because been before being below between
    both could does doing down during each even ever every from further gonna have having
    here hers himself into itself just know like little look made make makes many maybe mean
    more much myself need okay once other ours over people pretty really right said same
    says should some something such sure take than that that's their theirs them then there
    there's these they they're thing things think this those through time under until upon
    very want wants well went were what when where which while whom will with would yeah
    your yours
    """
)
"""English words of four letters and more that say nothing about a talk's subject."""

BLOCK_MS = 60_000
"""Length of the parts between which the terms of a talk are compared."""
TOPIC_WEIGHT = 0.4
"""Most that a term of the talk can weigh."""

_EDGE_PUNCTUATION = re.compile(r"^\W+|\W+$")


def normalise(word: str) -> str:
    """Lower case, without the punctuation around it; an inner apostrophe is straight."""
    return _EDGE_PUNCTUATION.sub("", word.lower().replace("’", "'"))


def asks(word: str) -> bool:
    """Whether a sentence that ends with the word is a question."""
    return word.rstrip("\"'”’)").endswith(("?", "？", "؟"))


def find_triggers(words: Sequence[str], *, english: bool) -> list[Trigger]:
    """Hits in order of their words; other languages than English have numbers and questions."""
    terms = [normalise(word) for word in words]
    hits: list[Trigger] = []
    for index, (word, term) in enumerate(zip(words, terms, strict=True)):
        if asks(word):
            hits.append(Trigger(index, QUESTION_WEIGHT, TriggerKind.question, term))
        if any(map(str.isdigit, term)) or (english and term in NUMBER_WORDS):
            hits.append(Trigger(index, NUMBER_WEIGHT, TriggerKind.number, term))
    return sorted([*hits, *_strong_words(terms)]) if english else hits


def _strong_words(terms: Sequence[str]) -> Iterator[Trigger]:
    """Phrases, and strong words outside of them."""
    index = 0
    while index < len(terms):
        phrases = (tuple(terms[index : index + length]) for length in (3, 2))
        phrase = next((words for words in phrases if words in PHRASES), None)
        if phrase:
            yield Trigger(index, PHRASES[phrase], TriggerKind.strong, " ".join(phrase))
        elif terms[index] in STRONG:
            yield Trigger(index, STRONG[terms[index]], TriggerKind.strong, terms[index])
        index += len(phrase) if phrase else 1


def topic_weights(words: Sequence[str], starts_ms: Sequence[int]) -> NDArray[np.float64]:
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
        if len(term) >= 4 and term not in STOPWORDS:
            often = min(1.0, (counts[term, block] - 1) / 3)
            weights[index] = TOPIC_WEIGHT * often * log(total / spread[term]) / log(total)
    return weights
