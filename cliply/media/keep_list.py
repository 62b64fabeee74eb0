"""Which spans of the source a clip keeps, on the frame grid, in playing order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from cliply.domain.editing import CutSettings, SilenceRemoval
from cliply.domain.timeline import KeptSpan, Timeline, Transition
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.errors import ErrorCode, InvalidInput

HEADER_ERROR_MS = 1000
"""Durations in headers are off by a little; a span may end after its source by that."""

SLIVER_MS = 200
"""What is left between two cuts and is shorter, without a word in it, goes with them."""

SHORTEST_TRANSITION_FRAMES = 3


@dataclass(frozen=True)
class Heard:
    """What automatic cuts go by, in source time."""

    words: Sequence[Word] = ()
    fillers: Sequence[TimeRange] = ()
    silences: Sequence[TimeRange] = ()


def plan_timeline(
    cut: CutSettings, moment: TimeRange, heard: Heard, *, frame_rate: Fraction, source_ms: int
) -> Timeline:
    """The time map of a clip cut from `moment`, or from the keep-list where there is one.

    Raises InvalidInput with the name of the field: spans that overlap or lie outside the
    source, and cuts that leave nothing.
    """
    kept = list(cut.keep or (moment,))
    _check_inside(kept, "base_cut.keep", source_ms)
    _check_apart(kept)
    pieces = _without(kept, _removed(cut, heard), heard.words)
    if not pieces:
        raise _invalid("base_cut", "cuts away the whole clip; keep something")
    if cut.hook is not None:
        _check_inside([cut.hook], "base_cut.hook", source_ms)
        pieces.insert(0, cut.hook)
    speed = Fraction(str(cut.speed)).limit_denominator(1000)
    spans = _on_the_grid(pieces, frame_rate, speed)
    timeline = Timeline(frame_rate=frame_rate, spans=tuple(spans))
    return _with_transitions(timeline, cut, source_ms)


def _check_inside(spans: Sequence[TimeRange], field: str, source_ms: int) -> None:
    for number, span in enumerate(spans):
        if span.end_ms > source_ms + HEADER_ERROR_MS:
            raise _invalid(
                f"{field}.{number}" if len(spans) > 1 else field,
                f"ends at {span.end_ms} ms, after the source does at {source_ms} ms; "
                "choose an earlier end",
            )


def _check_apart(spans: Sequence[TimeRange]) -> None:
    order = sorted(range(len(spans)), key=lambda number: spans[number].start_ms)
    for one, other in pairwise(order):
        if spans[one].overlaps(spans[other]):
            raise _invalid(
                f"base_cut.keep.{max(one, other)}",
                f"overlaps base_cut.keep.{min(one, other)}; let the spans end where others begin",
            )


def _invalid(field: str, what: str) -> InvalidInput:
    return InvalidInput(ErrorCode.edit_invalid, f"{field} {what}.")


def _removed(cut: CutSettings, heard: Heard) -> list[TimeRange]:
    """All that is to be taken out, in order of time."""
    spans = [*cut.cut]
    if cut.remove_fillers:
        spans += heard.fillers
    if cut.remove_silences is not None:
        spans += _shortened(heard.silences, cut.remove_silences)
    return sorted(spans, key=lambda span: span.start_ms)


def _shortened(silences: Iterable[TimeRange], removal: SilenceRemoval) -> list[TimeRange]:
    """The middles of long silences; what is left of each sounds like a breath."""
    half = removal.leave_ms // 2
    return [
        TimeRange(start_ms=silence.start_ms + half, end_ms=silence.end_ms - half)
        for silence in silences
        if silence.duration_ms >= max(removal.longer_than_ms, 2 * half + 1)
    ]


def _without(
    kept: Sequence[TimeRange], removed: Sequence[TimeRange], words: Sequence[Word]
) -> list[TimeRange]:
    pieces = []
    for span in kept:
        parts = _parts(span, removed)
        pieces += [part for part in parts if part == span or not _is_sliver(part, words)]
    return pieces


def _parts(span: TimeRange, removed: Sequence[TimeRange]) -> list[TimeRange]:
    """What is left of a span; `removed` is in order of time and may overlap."""
    parts, start = [], span.start_ms
    for gone in removed:
        if gone.end_ms <= start or gone.start_ms >= span.end_ms:
            continue
        if gone.start_ms > start:
            parts.append(TimeRange(start_ms=start, end_ms=gone.start_ms))
        start = gone.end_ms
    if start < span.end_ms:
        parts.append(TimeRange(start_ms=start, end_ms=span.end_ms))
    return parts


def _is_sliver(part: TimeRange, words: Sequence[Word]) -> bool:
    if part.duration_ms >= SLIVER_MS:
        return False
    return not any(2 * word.span.overlap_ms(part) >= word.span.duration_ms for word in words)


def _on_the_grid(
    pieces: Sequence[TimeRange], frame_rate: Fraction, speed: Fraction
) -> list[KeptSpan]:
    """Frames of each piece; two that meet on the grid become one."""
    bounds: list[list[int]] = []
    for piece in pieces:
        start, end = (round(ms * frame_rate / 1000) for ms in (piece.start_ms, piece.end_ms))
        if bounds and bounds[-1][1] == start:
            bounds[-1][1] = max(end, start + 1)
        else:
            bounds.append([start, max(end, start + 1)])
    return [
        KeptSpan(start_frame=start, frames=max(1, round((end - start) / speed)), speed=speed)
        for start, end in bounds
    ]


def _with_transitions(timeline: Timeline, cut: CutSettings, source_ms: int) -> Timeline:
    if cut.transition is None or len(timeline.spans) < 2:
        return timeline
    wanted = round(cut.transition.duration_ms * timeline.frame_rate / 1000)
    spans = _with_handles(timeline, wanted, source_ms)
    transitions = []
    for before, after in pairwise(spans):
        frames = min(wanted, before.frames // 2, after.frames // 2)
        long_enough = frames >= SHORTEST_TRANSITION_FRAMES
        kind = cut.transition.kind
        transitions.append(Transition(kind=kind, frames=frames) if long_enough else None)
    return Timeline(
        frame_rate=timeline.frame_rate, spans=tuple(spans), transitions=tuple(transitions)
    )


def _with_handles(timeline: Timeline, frames: int, source_ms: int) -> list[KeptSpan]:
    """Spans that reach into what was cut out, so that a transition does not cover speech.

    Half a transition on either side, and never more than half of what lies between.
    """
    spans = list(timeline.spans)
    last_frame = round(source_ms * timeline.frame_rate / 1000)
    for number, (before, after) in enumerate(pairwise(timeline.spans)):
        end = _end_frame(before)
        room = after.start_frame - end
        if room < 0:  # it plays in another order: all of the source is room
            room = min(last_frame - end, after.start_frame) * 2
        handle = max(0, min(frames // 2, room // 2))
        spans[number] = _longer(spans[number], 0, handle)
        spans[number + 1] = _longer(spans[number + 1], handle, 0)
    return spans


def _end_frame(span: KeptSpan) -> int:
    return span.start_frame + round(span.frames * span.speed)


def _longer(span: KeptSpan, before: int, after: int) -> KeptSpan:
    return KeptSpan(
        start_frame=span.start_frame - before,
        frames=span.frames + round((before + after) / span.speed),
        speed=span.speed,
    )
