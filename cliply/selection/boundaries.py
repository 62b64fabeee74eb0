"""The rooms between words in which a source may be cut."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, Word
from cliply.selection.keywords import asks
from cliply.selection.lexicon import normalise, vocabulary
from cliply.selection.lexicons import lexicon_of

PAUSE_MS = 250
"""A gap between two words that a cut may fall in."""
HEARD_NEAR_MS = 400
"""A silence this near to a word boundary is its pause; captions spread words evenly over a cue."""
UNBROKEN_MS = 20_000
"""Longest run of words that is believed to have no pause; longer ones come from captions."""

FILLERS = vocabulary("um uh uhm er erm hm hmm äh ähm euh eh well oh")
"""Sounds before the word that begins a sentence."""
CLAUSE_MARKS = (",", ";", ":", "–", "—")


class Boundary(NamedTuple):
    """The room before one word, or after the last one. Nothing is said in it."""

    word: int
    """Index of the word after it: how many words are said before."""
    from_ms: int
    to_ms: int
    ends_sentence: bool = False
    ends_question: bool = False
    leans_back: bool = False
    """Whether the word after it continues the sentence before."""
    has_pause: bool = True

    @property
    def room_ms(self) -> int:
        return self.to_ms - self.from_ms


def find_boundaries(
    transcript: Transcript, silences: Sequence[TimeRange], duration_ms: int
) -> list[Boundary]:
    """Sentence ends and pauses in order, the start and the end of the source among them.

    A source without words is one room. A run of words of more than `UNBROKEN_MS` is
    divided at its widest gaps; those boundaries have no pause.
    """
    words = transcript.words
    continuations = lexicon_of(transcript.language).continuations
    sentences = _sentence_ends(transcript)
    paused = {0, len(words), *sentences, *_gaps(words), *_heard_pauses(words, silences)}
    forced = set(_divide(words, sorted(paused), continuations))
    return [
        Boundary(
            word=index,
            from_ms=min(words[index - 1].span.end_ms, duration_ms) if index else 0,
            to_ms=min(words[index].span.start_ms, duration_ms)
            if index < len(words)
            else duration_ms,
            ends_sentence=sentences.get(index, False) or index in (0, len(words)),
            ends_question=index > 0 and asks(words[index - 1].text),
            leans_back=_first_term(words, index) in continuations,
            has_pause=index not in forced,
        )
        for index in sorted(paused | forced)
    ]


def _sentence_ends(transcript: Transcript) -> dict[int, bool]:
    """Word index after each utterance, and whether that is as clean an end as the source has."""
    punctuated = any(utterance.is_sentence for utterance in transcript.utterances)
    return {
        utterance.last + 1: utterance.is_sentence or not punctuated
        for utterance in transcript.utterances
    }


def _gaps(words: Sequence[Word]) -> list[int]:
    return [
        index
        for index, (one, other) in enumerate(pairwise(words), start=1)
        if other.span.start_ms - one.span.end_ms >= PAUSE_MS
    ]


def _heard_pauses(words: Sequence[Word], silences: Sequence[TimeRange]) -> list[int]:
    """Indices of the words before which the sound has a pause that the word times do not show."""
    starts = [word.span.start_ms for word in words]
    found = []
    for silence in silences:
        middle = (silence.start_ms + silence.end_ms) // 2
        after = bisect_left(starts, middle)
        near = min(
            (index for index in (after - 1, after) if 0 < index < len(starts)),
            key=lambda index: abs(starts[index] - middle),
            default=0,
        )
        if near and silence.duration_ms >= PAUSE_MS and abs(starts[near] - middle) <= HEARD_NEAR_MS:
            found.append(near)
    return found


def _first_term(words: Sequence[Word], index: int) -> str:
    """The first word from there on that is no mere sound."""
    terms = (normalise(word.text) for word in words[index : index + 3])
    return next((term for term in terms if term not in FILLERS), "")


def _divide(
    words: Sequence[Word], paused: Sequence[int], continuations: frozenset[str]
) -> list[int]:
    """Word indices that divide each run of words into pieces of at most `UNBROKEN_MS`."""
    runs = list(pairwise(paused))
    found = []
    while runs:
        first, end = runs.pop()
        if (
            words[end - 1].span.end_ms - words[first].span.start_ms > UNBROKEN_MS
            and end - first > 1
        ):
            at = _widest_gap(words, first, end, continuations)
            found.append(at)
            runs += [(first, at), (at, end)]
    return found


def _widest_gap(words: Sequence[Word], first: int, end: int, continuations: frozenset[str]) -> int:
    """Index of the word after the widest gap, near the middle; a comma or conjunction decides."""
    middle = (words[first].span.start_ms + words[end - 1].span.end_ms) // 2
    reach = (words[end - 1].span.end_ms - words[first].span.start_ms) // 4

    def fitness(index: int) -> tuple[bool, int, bool, bool, int]:
        before, after = words[index - 1], words[index]
        distance = abs(after.span.start_ms - middle)
        return (
            distance <= reach,
            after.span.start_ms - before.span.end_ms,
            before.text.endswith(CLAUSE_MARKS),
            normalise(after.text) in continuations,
            -distance,
        )

    return max(range(first + 1, end), key=fitness)
