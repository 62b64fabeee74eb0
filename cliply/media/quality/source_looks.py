"""What the source itself shows during a stretch of a clip that is black or stands still."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream as DecodedStream

from cliply.domain.media import VideoStream
from cliply.domain.rendering import RenderSpec
from cliply.domain.timing import TimeRange
from cliply.media.crop_path import window_at
from cliply.media.frames import Picture, as_planar, one_thread, small_grey
from cliply.media.quality.looks import look_size
from cliply.media.quality.stillness import Mask, changed_share, dark_share
from cliply.media.source import SourceClock, open_stream

LONGEST_LOOK_MS = 2_000
"""Of each stretch; decoding it costs about a tenth of its length on one core at 1080p."""

MOVED_LEVELS, MOVED_SHARE = 8, 0.002
"""Movement that must be seen in the clip too: four times what ends a still there."""

DARK_SHARE = 0.8
"""A source frame is black from here on: less than in the clip, so that a dark scene near
the border of what counts is not blamed on the render."""


@dataclass(frozen=True)
class SourceView:
    """The part of the source that the clip shows during a stretch."""

    black_share: float
    """Part of the stretch's frames that are black, 0…1."""
    moves: bool


def view_source(path: Path, spec: RenderSpec, span: TimeRange) -> SourceView | None:
    """The first seconds of a stretch of source time; None when nothing of it can be decoded."""
    video = spec.source.video
    if video is None:
        return None
    end = min(span.end_ms, span.start_ms + LONGEST_LOOK_MS)
    looked_at = TimeRange(start_ms=span.start_ms, end_ms=end)
    try:
        with one_thread(), open_stream(path, video.index) as container:
            greys = list(_greys(container, video, looked_at))
    except av.FFmpegError:
        return None
    return _view(greys, _window_mask(spec, video, span)) if greys else None


def _view(greys: Sequence[Picture], mask: Mask) -> SourceView:
    changes = (changed_share(greys[0], grey, mask, MOVED_LEVELS) for grey in greys[1:])
    return SourceView(
        black_share=sum(dark_share(grey, mask) >= DARK_SHARE for grey in greys) / len(greys),
        moves=any(change > MOVED_SHARE for change in changes),
    )


def _greys(container: InputContainer, video: VideoStream, span: TimeRange) -> Iterator[Picture]:
    """The frame that stands at the span's start and those that begin inside it."""
    stream = container.streams[video.index]
    assert isinstance(stream, DecodedStream), f"stream {video.index} is not a video stream"
    stream.thread_type = "AUTO"
    clock, size = SourceClock(container), look_size((video.width, video.height))
    container.seek(span.start_ms * 1000 + (container.start_time or 0), backward=True)
    before: Picture | None = None
    for frame in container.decode(stream):
        if frame.pts is None or frame.time_base is None:
            continue
        time_ms = clock.time_ms(frame.pts, frame.time_base)
        if time_ms >= span.end_ms:
            break
        grey = small_grey(as_planar(frame), size, video.rotation)
        if time_ms < span.start_ms:
            before = grey
            continue
        if before is not None:
            yield before
            before = None
        yield grey
    if before is not None:
        yield before


def _window_mask(spec: RenderSpec, video: VideoStream, span: TimeRange) -> Mask:
    """True where the source is in the clip in the middle of a span."""
    width, height = look_size((video.width, video.height))
    middle = (span.start_ms + span.end_ms) // 2
    framed = spec.framing.at(middle)
    mask: Mask = np.zeros((height, width), np.bool_)
    for pane in range(max(1, len(framed.panes))):
        left, top, right, bottom = window_at(framed, pane, middle, video)
        rows = slice(int(top * height), max(1, round(bottom * height)))
        mask[rows, int(left * width) : max(1, round(right * width))] = True
    return mask
