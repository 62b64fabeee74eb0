"""Words that a cut goes through."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from cliply.domain.quality import Finding, QualityCheck
from cliply.domain.rendering import RenderSpec
from cliply.domain.timeline import Timeline
from cliply.domain.timing import clock
from cliply.domain.transcript import Word
from cliply.media.quality.evidence import Evidence

LEAST_SHARE, MOST_SHARE = 0.15, 0.85
"""A word of which less is heard is not noticed, one of which more is heard is whole."""

LEAST_MS = 40
"""Less of a word, on either side of a cut, is within the error of word times."""


class CutWord(NamedTuple):
    """A word and the edge of a kept span that goes through it."""

    word: Word
    span: int
    """Number of the kept span."""
    is_start: bool
    edge_ms: Fraction
    """Source time at which the word is cut; in the middle of a transition."""


def word_cut(spec: RenderSpec, evidence: Evidence) -> Finding:
    """How many words a cut goes through."""
    if evidence.words is None:
        return Finding(
            check=QualityCheck.word_cut,
            passed=True,
            message="When each word is said is not known exactly.",
        )
    cut = list(cut_words(spec.timeline, evidence.words))
    message = "No word is cut."
    if cut:
        named = ", ".join(
            f"“{one.word.text}” at {clock(round(one.edge_ms), tenths=True)}" for one in cut[:3]
        )
        message = f"{len(cut)} word(s) are cut through, in source time: {named}."
    return Finding(
        check=QualityCheck.word_cut, passed=not cut, value=len(cut), limit=0, message=message
    )


def cut_words(timeline: Timeline, words: Sequence[Word]) -> Iterator[CutWord]:
    """Words of which 15 to 85 % are heard at an edge of a kept span; words are in order."""
    for number in range(len(timeline.spans)):
        start, end = _heard_ms(timeline, number)
        if number == 0 or _heard_ms(timeline, number - 1)[1] != start:
            yield from _cut_at(words, number, start, end, is_start=True)
        if number + 1 == len(timeline.spans) or _heard_ms(timeline, number + 1)[0] != end:
            yield from _cut_at(words, number, start, end, is_start=False)


def _heard_ms(timeline: Timeline, number: int) -> tuple[Fraction, Fraction]:
    """Start and end of what is heard of a kept span, in source time.

    Half of a transition belongs to either span.
    """
    span = timeline.spans[number]
    before, after = _handles(timeline, number)
    start = span.start_frame + before * span.speed
    end = span.start_frame + (span.frames - after) * span.speed
    return start * 1000 / timeline.frame_rate, end * 1000 / timeline.frame_rate


def _handles(timeline: Timeline, number: int) -> tuple[Fraction, Fraction]:
    """Frames at both ends of a span that belong to its neighbours."""
    transitions = [None, *timeline.transitions, None]
    if not timeline.transitions:
        return Fraction(0), Fraction(0)
    before, after = transitions[number], transitions[number + 1]
    return (
        Fraction(before.frames if before else 0, 2),
        Fraction(after.frames if after else 0, 2),
    )


def _cut_at(
    words: Sequence[Word], number: int, start: Fraction, end: Fraction, *, is_start: bool
) -> Iterator[CutWord]:
    edge = start if is_start else end
    place = bisect_left(words, edge, key=lambda word: Fraction(word.span.start_ms)) - 1
    if place < 0 or words[place].span.end_ms <= edge:
        return
    span = words[place].span
    first, last = max(Fraction(span.start_ms), start), min(Fraction(span.end_ms), end)
    heard = last - edge if is_start else edge - first
    missing = span.duration_ms - heard
    share = heard / span.duration_ms
    if min(heard, missing) >= LEAST_MS and LEAST_SHARE <= share <= MOST_SHARE:
        yield CutWord(words[place], number, is_start, edge)
