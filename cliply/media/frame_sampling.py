"""Frames to embed: when one is taken, and how it becomes a JPEG."""

from types import TracebackType
from typing import Self

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from cliply.domain.media import VideoStream
from cliply.media.beside import Beside
from cliply.media.frame_table import FrameTable
from cliply.media.frames import upright

SHORT_SIDE_PX = 224
"""What CLIP's networks look at; the long side keeps its share."""

JPEG_QUALITY = 88
"""14 KB a frame; a higher one does not change an embedding in the second decimal."""

MOVING_EVERY_MS = 1_000
STILL_EVERY_MS = 5_000

EARLY_MS = 8
"""Half a frame at 60 fps: times are rounded, and a second is not a whole number of frames."""

STARTS_MOVING = 0.02
"""Share of pixels that move from frame to frame. Grain and sensor noise stay under it, walking
and gestures are above."""

STOPS_MOVING = 0.01


class FramePicker:
    """Says which frames are taken: one a second in motion, one in five in stillness.

    Between the two limits it stays what it was. Each new shot gives one at once.
    """

    def __init__(self) -> None:
        self._last_ms: int | None = None
        self._is_moving = False

    def wants(self, time_ms: int, stir: float, *, is_new_shot: bool) -> bool:
        """Whether to take this frame, when this share of its pixels moves."""
        self._is_moving = stir >= (STOPS_MOVING if self._is_moving else STARTS_MOVING)
        every_ms = MOVING_EVERY_MS if self._is_moving else STILL_EVERY_MS
        is_due = self._last_ms is None or time_ms - self._last_ms >= every_ms - EARLY_MS
        if is_new_shot or is_due:
            self._last_ms = time_ms
        return is_new_shot or is_due


class FrameSampler:
    """Writes picked frames to a table, in a thread of its own."""

    def __init__(self, video: VideoStream, table: FrameTable) -> None:
        self._size = embedded_size(video)
        self._rotation = video.rotation
        self._table = table
        self._picker = FramePicker()
        self._beside = Beside("frames")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._beside.__exit__(kind, error, trace)

    def offer(
        self, time_ms: int, frame: VideoFrame, *, pace: float, stir: float, is_new_shot: bool
    ) -> None:
        """Show the next frame of the pass. Raises what an earlier one came to."""
        if self._picker.wants(time_ms, stir, is_new_shot=is_new_shot):
            self._beside.hand(lambda: self._table.add(time_ms, pace, self._jpeg(frame)))

    def finish(self) -> None:
        """Wait for the last frame."""
        self._beside.finish()

    def _jpeg(self, frame: VideoFrame) -> bytes:
        width, height = self._size if self._rotation in (0, 180) else self._size[::-1]
        small = frame.reformat(width, height, "bgr24", interpolation=Interpolation.AREA)
        picture = upright(np.asarray(small.to_ndarray(), np.uint8), self._rotation)
        quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        _, encoded = cv2.imencode(".jpg", picture, quality)
        return bytes(encoded)


def embedded_size(video: VideoStream) -> tuple[int, int]:
    """Width and height of a frame to embed, in the shape a player shows."""
    factor = min(1.0, SHORT_SIDE_PX / min(video.width, video.height))
    return max(1, round(video.width * factor)), max(1, round(video.height * factor))
