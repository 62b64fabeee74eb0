"""Words of a source that are written much like ones that nobody says in it (SEL-7)."""

from bisect import bisect_left
from collections.abc import Sequence
from difflib import get_close_matches

from cliply.domain.candidates import NearMiss
from cliply.domain.timing import TimeRange, clock
from cliply.domain.transcript import Word
from cliply.selection.lexicon import normalise
from cliply.selection.misses import SHOWN

ALIKE = 0.7
"""Likeness after `difflib` from which on two words are alike."""
AROUND_MS = 5_000
"""What is shown before and after such a word."""


def words_alike(asked: Sequence[str], words: Sequence[Word]) -> tuple[NearMiss, ...]:
    """Where words like the asked ones are first said, the most alike of each first."""
    said: dict[str, int] = {}
    for index, word in enumerate(words):
        said.setdefault(normalise(word.text), index)
    misses = [
        _miss(words, said[like], term)
        for term in asked
        for like in get_close_matches(normalise(term), said, n=SHOWN, cutoff=ALIKE)
    ]
    return tuple(misses[:SHOWN])


def _miss(words: Sequence[Word], index: int, asked: str) -> NearMiss:
    at_ms = words[index].span.start_ms
    first = bisect_left(words, at_ms - AROUND_MS, key=lambda word: word.span.start_ms)
    end = bisect_left(words, at_ms + AROUND_MS, key=lambda word: word.span.start_ms)
    span = TimeRange(start_ms=words[first].span.start_ms, end_ms=words[end - 1].span.end_ms)
    said = normalise(words[index].text)
    return NearMiss(
        span=span, score=0.0, why_not=f"Says “{said}” at {clock(at_ms)}, not “{asked}”."
    )
