"""Cuts moved to where they go through no word."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from cliply.domain.timeline import KeptSpan, Timeline
from cliply.domain.timing import TimeRange, clock
from cliply.domain.transcript import Word
from cliply.media.quality.word_edges import CutWord, cut_words

MOST_MOVED_MS = 250
"""A cut is not moved further; a longer word is left as it is."""


def mended_edges(
    timeline: Timeline,
    words: Sequence[Word],
    source_duration_ms: int,
    cuts: Sequence[TimeRange] = (),
) -> tuple[Timeline, tuple[str, ...]]:
    """The timeline with cuts moved out of words, and a sentence for each that was moved.

    A cut goes to the word's nearer boundary, by at most 250 ms and on the frame grid, and
    never into another kept span, out of the source, or below the length that transitions
    need. A word that lies in `cuts` for the most part stays cut. What can not be moved
    stays as it is.
    """
    mended, sentences = timeline, []
    for cut in list(cut_words(timeline, words)):
        for boundary in _boundaries(cut, cuts):
            moved = _moved(mended, cut, boundary, source_duration_ms)
            if moved is not None:
                mended = moved
                sentences.append(_sentence(cut, boundary))
                break
    return mended, tuple(sentences)


def _boundaries(cut: CutWord, cuts: Sequence[TimeRange]) -> list[int]:
    """Where a cut may go to, the nearer one first; only out of a word that was cut on purpose."""
    span = cut.word.span
    wanted_out = sum(2 * one.overlap_ms(span) for one in cuts) >= span.duration_ms
    outside = span.end_ms if cut.is_start else span.start_ms
    places = [outside] if cuts and wanted_out else [span.start_ms, span.end_ms]
    near = [place for place in places if abs(place - cut.edge_ms) <= MOST_MOVED_MS]
    return sorted(near, key=lambda place: abs(place - cut.edge_ms))


def _moved(timeline: Timeline, cut: CutWord, to_ms: int, source_ms: int) -> Timeline | None:
    """The timeline with one edge moved; None where that can not be."""
    old = timeline.spans[cut.span]
    shift = (to_ms - cut.edge_ms) * timeline.frame_rate / 1000
    new = _with_start(old, shift) if cut.is_start else _with_end(old, shift)
    if new is None or not _fits(timeline, cut.span, new, source_ms):
        return None
    return _with_span(timeline, cut.span, new)


def _with_span(timeline: Timeline, number: int, span: KeptSpan) -> Timeline:
    """A new timeline; a copy would keep the places computed for the old one."""
    return Timeline(
        frame_rate=timeline.frame_rate,
        spans=(*timeline.spans[:number], span, *timeline.spans[number + 1 :]),
        transitions=timeline.transitions,
        intro_frames=timeline.intro_frames,
        outro_frames=timeline.outro_frames,
    )


def _with_start(span: KeptSpan, shift: Fraction) -> KeptSpan | None:
    """`shift` in frames of the source, rounded away from the word."""
    start = span.start_frame + (floor(shift) if shift < 0 else ceil(shift))
    frames = span.frames - round((start - span.start_frame) / span.speed)
    return _span(start, frames, span.speed)


def _with_end(span: KeptSpan, shift: Fraction) -> KeptSpan | None:
    """`shift` in frames of the source, rounded away from the word."""
    longer = shift / span.speed
    return _span(
        span.start_frame, span.frames + (ceil(longer) if longer > 0 else floor(longer)), span.speed
    )


def _span(start: int, frames: int, speed: Fraction) -> KeptSpan | None:
    if start < 0 or frames < 1:
        return None
    return KeptSpan(start_frame=start, frames=frames, speed=speed)


def _fits(timeline: Timeline, number: int, new: KeptSpan, source_ms: int) -> bool:
    old = timeline.spans[number]
    source_end = source_ms * timeline.frame_rate / 1000
    others = [span for place, span in enumerate(timeline.spans) if place != number]
    return (
        _end(new) <= max(source_end, _end(old))
        and new.frames >= 2 * _longest_transition(timeline, number)
        and not any(_overlap(new, other) and not _overlap(old, other) for other in others)
    )


def _longest_transition(timeline: Timeline, number: int) -> int:
    beside = (
        [None, *timeline.transitions, None][number : number + 2] if timeline.transitions else []
    )
    return max((one.frames for one in beside if one), default=0)


def _overlap(one: KeptSpan, other: KeptSpan) -> bool:
    """Whether two spans show the same of the source, as a hook and its place do."""
    return one.start_frame < _end(other) and other.start_frame < _end(one)


def _end(span: KeptSpan) -> Fraction:
    """The source's frame, on the grid, before which a span ends."""
    return span.start_frame + span.frames * span.speed


def _sentence(cut: CutWord, to_ms: int) -> str:
    moved = round(to_ms - cut.edge_ms)
    side = "before" if to_ms == cut.word.span.start_ms else "after"
    return (
        f"The cut at {clock(round(cut.edge_ms), tenths=True)} of the source went through "
        f"“{cut.word.text}”: it was moved {abs(moved)} ms {'later' if moved > 0 else 'earlier'}, "
        f"{side} the word."
    )
