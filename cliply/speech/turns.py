"""Gives words their speakers, from stretches of which it is known who speaks."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from cliply.domain.timing import TimeRange
from cliply.speech.words import RawWord

NEAR_MS = 500
"""A word outside all stretches belongs to the nearest one that is not farther than this."""

ISLAND_MS = 500
ISLAND_PAUSE_MS = 250
"""A change of speaker for less than `ISLAND_MS`, with no such pause on both sides, is a slip:
the ends of found stretches are off by about a syllable."""


class VoiceStretch(NamedTuple):
    """A stretch in which one person speaks; stretches of two people may overlap."""

    speaker: str
    span: TimeRange


def assign_speakers(words: Sequence[RawWord], turns: Sequence[VoiceStretch]) -> list[RawWord]:
    """The words, in their order, each with the speaker whose stretches cover most of it.

    A word in nobody's stretch goes to the nearest one within `NEAR_MS`, else keeps None.
    Single syllables of another speaker in the middle of running speech are not believed.
    `words` are in order of time.
    """
    cover = _Cover(turns)
    speakers = [cover.speaker_of(word) for word in words]
    named = [word._replace(speaker=speaker) for word, speaker in zip(words, speakers, strict=True)]
    return _without_islands(named)


def number_speakers(words: Sequence[RawWord], prefix: str = "S") -> list[RawWord]:
    """Speakers renamed to S1, S2, … in the order in which they first speak."""
    names: dict[str, str] = {}
    for word in words:
        if word.speaker is not None:
            names.setdefault(word.speaker, f"{prefix}{len(names) + 1}")
    return [
        word if word.speaker is None else word._replace(speaker=names[word.speaker])
        for word in words
    ]


class _Cover:
    """Stretches in order of their starts, searched by halving."""

    def __init__(self, turns: Sequence[VoiceStretch]) -> None:
        self._turns = sorted(turns, key=lambda turn: turn.span.start_ms)
        self._starts = [turn.span.start_ms for turn in self._turns]
        self._reaches = list(accumulate((turn.span.end_ms for turn in self._turns), max))

    def speaker_of(self, word: RawWord) -> str | None:
        shares: dict[str, int] = {}
        start_ms = max(0, word.start_ms)
        span = TimeRange(start_ms=start_ms, end_ms=max(word.end_ms, start_ms + 1))
        for turn in self._between(span.start_ms, span.end_ms):
            shares[turn.speaker] = shares.get(turn.speaker, 0) + turn.span.overlap_ms(span)
        if any(shares.values()):
            return max(shares, key=shares.__getitem__)
        near = self._between(span.start_ms - NEAR_MS, span.end_ms + NEAR_MS)
        return min(near, key=lambda turn: _distance_ms(turn.span, span)).speaker if near else None

    def _between(self, start_ms: int, end_ms: int) -> list[VoiceStretch]:
        """Stretches that share time with it."""
        first = bisect_right(self._reaches, start_ms)
        last = bisect_left(self._starts, end_ms)
        return [turn for turn in self._turns[first:last] if turn.span.end_ms > start_ms]


def _distance_ms(a: TimeRange, b: TimeRange) -> int:
    return max(a.start_ms - b.end_ms, b.start_ms - a.end_ms)


def _without_islands(words: Sequence[RawWord]) -> list[RawWord]:
    """A short run inside another speaker's is given to that speaker."""
    runs = [list(run) for _, run in groupby(words, key=lambda word: word.speaker)]
    settled: list[list[RawWord]] = runs[:1]
    for index, run in enumerate(runs[1:], 1):
        before = settled[-1]
        after = runs[index + 1] if index + 1 < len(runs) else None
        if after and _is_island(before, run, after):
            before.extend(word._replace(speaker=before[-1].speaker) for word in run)
        elif run[0].speaker == before[-1].speaker:
            before.extend(run)
        else:
            settled.append(run)
    return [word for run in settled for word in run]


def _is_island(before: list[RawWord], run: list[RawWord], after: list[RawWord]) -> bool:
    return (
        before[-1].speaker == after[0].speaker is not None
        and run[-1].end_ms - run[0].start_ms < ISLAND_MS
        and run[0].start_ms - before[-1].end_ms < ISLAND_PAUSE_MS
        and after[0].start_ms - run[-1].end_ms < ISLAND_PAUSE_MS
    )
