"""Black and frozen stretches of a finished clip that its source does not have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cliply.domain.quality import Finding, QualityCheck
from cliply.domain.rendering import RenderSpec
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange, clock
from cliply.media.quality.canvas import CaptionBoxes, canvas_of
from cliply.media.quality.coded_frames import coded_frames, suspicious_groups
from cliply.media.quality.evidence import Evidence
from cliply.media.quality.looks import looks
from cliply.media.quality.source_looks import view_source
from cliply.media.quality.stillness import FrameSpan, Seen, examine_looks

LONGEST_STILL_MS = 400
"""A picture that stands longer inside a moving shot looks broken; people blink in 300 ms."""

STILL_MOTION = 0.1
"""Mean motion of a shot below which nothing in it moves."""

MOST_LOOKS = 6
"""Stretches of the source that are looked at, longest first; a slide show has many."""

EDGE_FRAMES = Fraction(3, 2)
"""The source is looked at this far inside a still stretch, so that rounded times do not
take in the frames before and after."""

LEAST_BLACK_SHARE = 0.5
"""Of the source's frames at a place where it is taken to be black itself."""


@dataclass(frozen=True)
class Blamed:
    """Stretches that the source explains, does not explain, or may explain."""

    unexplained: tuple[FrameSpan, ...] = ()
    unknown: tuple[FrameSpan, ...] = ()


def black_and_frozen(
    video: Path, spec: RenderSpec, evidence: Evidence, boxes: CaptionBoxes | None
) -> tuple[Finding, Finding]:
    """Findings on black frames, in ms altogether, and on the longest still, in ms.

    Only what the sizes of coded frames make suspicious is decoded. Without the boxes of
    captions the whole band in which they stand is left out of account.
    """
    seen = _seen(video, spec, boxes)
    return (
        _black(spec.timeline, seen.black, _blame_black(spec, evidence, seen.black)),
        _frozen(spec.timeline, seen.still, _blame_still(spec, evidence, seen.still)),
    )


def _seen(video: Path, spec: RenderSpec, boxes: CaptionBoxes | None) -> Seen:
    rate = spec.timeline.frame_rate
    still_frames = int(LONGEST_STILL_MS * rate / 1000) + 1
    width, height = spec.size_px
    groups = suspicious_groups(coded_frames(video, rate), width * height, still_frames)
    canvas = canvas_of(spec, boxes)
    return examine_looks(looks(video, rate, groups), canvas, still_frames)


def source_spans_of(timeline: Timeline, span: FrameSpan, inset: Fraction) -> Iterator[TimeRange]:
    """What frames of the clip show, in source time, without `inset` frames at both ends."""
    for kept, at_frame in timeline.placed:
        first = max(span.first, at_frame) - at_frame + inset
        end = min(span.end, at_frame + kept.frames) - at_frame - inset
        if end > first:
            start_ms, end_ms = (
                round((kept.start_frame + frame * kept.speed) * 1000 / timeline.frame_rate)
                for frame in (first, end)
            )
            yield TimeRange(start_ms=max(0, start_ms), end_ms=max(start_ms + 1, end_ms))


def _blame_black(spec: RenderSpec, evidence: Evidence, spans: Sequence[FrameSpan]) -> Blamed:
    if evidence.source is None or spec.effects.key is not None:
        return Blamed(unknown=tuple(spans))
    return Blamed(
        unexplained=tuple(
            span for span in _longest(spans) if not _black_in_source(spec, evidence.source, span)
        )
    )


def _longest(spans: Sequence[FrameSpan]) -> list[FrameSpan]:
    return sorted(spans, key=lambda span: span.frames, reverse=True)[:MOST_LOOKS]


def _black_in_source(spec: RenderSpec, source: Path, span: FrameSpan) -> bool:
    """Black before the source begins or after it ended counts as ours."""
    views = (
        view_source(source, spec, shown)
        for shown in source_spans_of(spec.timeline, span, Fraction(0))
    )
    return any(view is not None and view.black_share >= LEAST_BLACK_SHARE for view in views)


def _blame_still(spec: RenderSpec, evidence: Evidence, spans: Sequence[FrameSpan]) -> Blamed:
    unexplained, unknown = [], []
    for span in _longest(spans):
        moves = _moves_in_source(spec, evidence, span)
        if moves is None:
            unknown.append(span)
        elif moves:
            unexplained.append(span)
    return Blamed(tuple(unexplained), tuple(unknown))


def _moves_in_source(spec: RenderSpec, evidence: Evidence, span: FrameSpan) -> bool | None:
    """Whether the source moves where the clip stands still; None when nobody can tell."""
    parts = list(source_spans_of(spec.timeline, span, EDGE_FRAMES))
    if all(_motion(evidence, part) == 0 for part in parts):
        return False
    if evidence.source is None:
        known = [motion for part in parts if (motion := _motion(evidence, part)) is not None]
        return any(known) if known else None
    views = [view_source(evidence.source, spec, part) for part in parts]
    known = [view.moves for view in views if view is not None]
    return any(known) if known else None


def _motion(evidence: Evidence, part: TimeRange) -> float | None:
    """Motion of the shot that a stretch lies in, 0 for a still; None when nobody looked."""
    if evidence.scenes is None:
        return None
    inside = [scene for scene in evidence.scenes.scenes if scene.span.overlaps(part)]
    most = max((scene.motion for scene in inside), default=None)
    return most if most is None or most >= STILL_MOTION else 0.0


def _black(timeline: Timeline, spans: Sequence[FrameSpan], blamed: Blamed) -> Finding:
    total = sum(_milliseconds(timeline, span) for span in blamed.unexplained)
    if blamed.unexplained:
        message = (
            f"The picture is black for {total} ms, first at "
            f"{_clock(timeline, blamed.unexplained)}, where the source is not."
        )
    elif blamed.unknown:
        return _unknown(
            QualityCheck.black_frames,
            f"The picture is black at {_clock(timeline, blamed.unknown)}; "
            "whether its source is black there is not known.",
        )
    else:
        message = "The picture is black only where the source is." if spans else "Nothing is black."
    return Finding(
        check=QualityCheck.black_frames, passed=total == 0, value=total, limit=0, message=message
    )


def _frozen(timeline: Timeline, spans: Sequence[FrameSpan], blamed: Blamed) -> Finding:
    longest = max((_milliseconds(timeline, span) for span in blamed.unexplained), default=0)
    if longest:
        message = (
            f"The picture stands still for {longest} ms, first at "
            f"{_clock(timeline, blamed.unexplained)}, while the source moves."
        )
    elif blamed.unknown:
        return _unknown(
            QualityCheck.frozen_frames,
            f"The picture stands still at {_clock(timeline, blamed.unknown)}; "
            "whether its source does is not known.",
        )
    else:
        message = (
            "The picture stands still only where the source does."
            if spans
            else f"The picture never stands still for {LONGEST_STILL_MS} ms."
        )
    return Finding(
        check=QualityCheck.frozen_frames,
        passed=longest == 0,
        value=longest,
        limit=LONGEST_STILL_MS,
        message=message,
    )


def _unknown(check: QualityCheck, message: str) -> Finding:
    return Finding(check=check, passed=True, message=message)


def _milliseconds(timeline: Timeline, span: FrameSpan) -> int:
    return timeline.clip_ms(span.end) - timeline.clip_ms(span.first)


def _clock(timeline: Timeline, spans: Sequence[FrameSpan]) -> str:
    return clock(timeline.clip_ms(min(span.first for span in spans)), tenths=True)
