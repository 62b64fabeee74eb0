"""Whether captions stand inside the safe area and long enough to be read."""

from collections.abc import Iterator, Sequence

from cliply.domain.captions import CaptionSpec, Cue
from cliply.domain.quality import Finding, QualityCheck
from cliply.domain.rendering import RenderSpec
from cliply.domain.timing import clock
from cliply.media.cues import MAX_CPS, cps
from cliply.media.quality.canvas import CaptionBoxes
from cliply.media.typesetting import Box

TOLERANCE_PX = 1.0
"""Widths are measured to a fraction of a pixel."""

SUSTAINED_MS = 3_000
"""One quick cue is caught up with in the next; a stretch this long is not."""


def caption_safe_area(spec: RenderSpec, boxes: CaptionBoxes | None) -> Finding:
    """How far a cue reaches out of the safe area at most, in pixels."""
    captions = spec.captions
    if captions is None or boxes == []:
        return _passed(QualityCheck.caption_safe_area, "No captions are written into the picture.")
    if boxes is None:
        return _passed(QualityCheck.caption_safe_area, "Where the captions stand is not known.")
    outside = [(_outside_px(box, captions, spec.size_px), span.start_ms) for span, box in boxes]
    worst, at_ms = max(outside)
    passed = worst <= TOLERANCE_PX
    message = "All captions stand inside the safe area."
    if not passed:
        when = clock(at_ms, tenths=True)
        message = f"The caption at {when} reaches {worst:.0f} px out of the safe area."
    return Finding(
        check=QualityCheck.caption_safe_area,
        passed=passed,
        value=round(worst, 1),
        limit=TOLERANCE_PX,
        message=message,
    )


def _outside_px(box: Box, captions: CaptionSpec, size_px: tuple[int, int]) -> float:
    return max(
        0.0,
        captions.left_px - box.left,
        captions.top_px - box.top,
        box.right - (size_px[0] - captions.right_px),
        box.bottom - (size_px[1] - captions.bottom_px),
    )


def caption_speed(spec: RenderSpec) -> Finding:
    """The most characters per second over three seconds of cues (REN-4).

    Cues that follow each other are taken together until they last as long.
    """
    if spec.captions is None or not spec.cues:
        return _passed(QualityCheck.caption_speed, "No captions are written into the picture.")
    speed, cue = max(_speeds(spec.cues), key=lambda one: one[0])
    passed = speed <= MAX_CPS
    message = f"Captions can be read: at most {speed:.1f} characters a second."
    if not passed:
        message = (
            f"Captions from “{cue.text}” at {_at(cue)} on have {speed:.1f} characters a second; "
            f"people read {MAX_CPS:g}."
        )
    return Finding(
        check=QualityCheck.caption_speed,
        passed=passed,
        value=round(speed, 1),
        limit=MAX_CPS,
        message=message,
    )


def _speeds(cues: Sequence[Cue]) -> Iterator[tuple[float, Cue]]:
    """Characters per second from each cue on, with that cue.

    Cues with too few after them are left out; a clip with few is taken whole.
    """
    for first, cue in enumerate(cues):
        shown_ms, characters = 0, 0.0
        for following in cues[first:]:
            shown_ms += following.span.duration_ms
            characters += cps(following) * following.span.duration_ms / 1000
            if shown_ms >= SUSTAINED_MS:
                break
        if shown_ms >= SUSTAINED_MS or first == 0:
            yield characters * 1000 / shown_ms, cue


def _passed(check: QualityCheck, message: str) -> Finding:
    return Finding(check=check, passed=True, message=message)


def _at(cue: Cue) -> str:
    return clock(cue.span.start_ms, tenths=True)
