"""Where the source's picture is to be seen in a clip, and where other things are drawn."""

from collections.abc import Iterator, Sequence

import numpy as np

from cliply.domain.captions import CaptionPosition, CaptionSpec
from cliply.domain.framing import WHOLE, Layout, Region
from cliply.domain.rendering import RenderSpec
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange
from cliply.media.quality.looks import look_size
from cliply.media.quality.stillness import Canvas, FrameSpan, Mask
from cliply.media.typesetting import Box

CaptionBoxes = Sequence[tuple[TimeRange, Box]]
"""When and where each cue stands, in clip time and in pixels of the output."""

BANDS = {
    CaptionPosition.top: (0.0, 0.5),
    CaptionPosition.middle: (0.3, 0.7),
    CaptionPosition.bottom: (0.5, 1.0),
}
"""Rows in which captions stand whose boxes nobody measured, as parts of the height."""


def canvas_of(spec: RenderSpec, boxes: CaptionBoxes | None) -> Canvas:
    """Without captions and progress bar, which move over a picture that stands still."""
    width, height = look_size(spec.size_px)
    mask: Mask = np.ones((height, width), np.bool_)
    for region in _moving(spec, boxes):
        left, right = (round(x * width) for x in (region.x, region.x + region.width))
        top, bottom = (round(y * height) for y in (region.y, region.y + region.height))
        mask[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = False
    return Canvas(mask=mask, hidden=(*_other_footage(spec), *_drawn(spec)))


def _moving(spec: RenderSpec, boxes: CaptionBoxes | None) -> Iterator[Region]:
    width, height = spec.size_px
    if boxes is not None:
        for _, box in boxes:
            yield Region(box.left / width, box.top / height, box.width / width, box.height / height)
    elif spec.captions and spec.cues:
        yield _band(spec.captions, height)
    bar = spec.effects.progress_bar
    if bar:
        yield Region(0.0, 0.0 if bar.at_top else 1 - bar.height, 1.0, bar.height)


def _band(captions: CaptionSpec, height: int) -> Region:
    top, bottom = BANDS[captions.position]
    top = max(top, captions.top_px / height)
    bottom = min(bottom, 1 - captions.bottom_px / height)
    return Region(0.0, top, 1.0, bottom - top)


def _other_footage(spec: RenderSpec) -> Iterator[FrameSpan]:
    """Frames of intro, outro and footage that covers the whole picture."""
    timeline = spec.timeline
    if timeline.intro_frames:
        yield FrameSpan(0, timeline.intro_frames)
    if timeline.outro_frames:
        yield FrameSpan(timeline.body_end_frame, timeline.frames)
    for overlay in spec.effects.b_roll:
        if overlay.region == WHOLE:
            first, end = (
                timeline.frame_at(ms) for ms in (overlay.span.start_ms, overlay.span.end_ms)
            )
            yield FrameSpan(first, end)


def _drawn(spec: RenderSpec) -> Iterator[FrameSpan]:
    """Frames of drawn sound, which stands still on a dark ground when nothing is heard."""
    for framed in spec.framing.spans:
        if framed.layout is Layout.waveform:
            for span in spec.timeline.in_clip(framed.span):
                yield _frames(spec.timeline, span)


def _frames(timeline: Timeline, span: TimeRange) -> FrameSpan:
    return FrameSpan(timeline.frame_at(span.start_ms), timeline.frame_at(span.end_ms))
