"""Small pictures out of decoded frames, without converting the frames themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

PLANAR = frozenset(
    f"yuv{range_}{sampling}p"
    for range_ in ("", "j")
    for sampling in ("410", "411", "420", "422", "440", "444")
)
"""Formats whose three 8-bit planes can be read where they lie."""

SMALL_SIZE = (256, 144)
"""Width and height at which cuts are looked for: at this size the cut list is the same as
that of full frames."""

YUV_TO_BGR = np.array(
    [[1.164383, 2.017232, 0], [1.164383, -0.391762, -0.812968], [1.164383, 0, 1.596027]],
    np.float32,
)
"""ITU-R BT.601, limited range. One matrix for all sources: differences count, not colours."""

_OFFSET = -(YUV_TO_BGR @ np.array([16, 128, 128], np.float32))
_TRANSFORM = np.hstack([YUV_TO_BGR, _OFFSET[:, None]])

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV without threads of its own, which the decoder needs more.

    Sharing out pictures of `SMALL_SIZE` costs more than it saves: a scan takes 5 % more CPU.
    """
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def as_planar(frame: VideoFrame) -> VideoFrame:
    """The frame itself when its planes are 8-bit YUV, else a converted copy."""
    return frame if frame.format.name in PLANAR else frame.reformat(format="yuv420p")


def small_colour(frame: VideoFrame) -> Picture:
    """BGR picture of `SMALL_SIZE` in coded orientation; takes a planar frame.

    Each plane is resized on its own: half-size chroma would add false cuts.
    """
    planes = [
        cv2.resize(_pixels(plane), SMALL_SIZE, interpolation=cv2.INTER_LINEAR)
        for plane in frame.planes
    ]
    return _picture(cv2.transform(cv2.merge(planes), _TRANSFORM))


def small_grey(frame: VideoFrame, size: tuple[int, int], rotation: int) -> Picture:
    """Luma of a planar frame, turned as a player shows it, `size` wide and high after that."""
    coded_size = size if rotation in (0, 180) else (size[1], size[0])
    grey = cv2.resize(_pixels(frame.planes[0]), coded_size, interpolation=cv2.INTER_AREA)
    return upright(_picture(grey), rotation)


def rgb_of(small: Picture, size: tuple[int, int]) -> Picture:
    """A BGR picture as RGB of another width and height."""
    resized = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    return _picture(cv2.cvtColor(resized, cv2.COLOR_BGR2RGB))


def thinned(small: Picture) -> Picture:
    """Every fourth pixel of every fourth row of a `SMALL_SIZE` picture."""
    size = (SMALL_SIZE[0] // 4, SMALL_SIZE[1] // 4)
    return _picture(cv2.resize(small, size, interpolation=cv2.INTER_NEAREST))


def hsv_of(picture: Picture) -> Picture:
    """Hue (0…179), saturation and value of a BGR picture."""
    return _picture(cv2.cvtColor(picture, cv2.COLOR_BGR2HSV))


def difference_of(before: Picture, now: Picture) -> Picture:
    """Absolute difference of two pictures of one size, sample by sample."""
    return _picture(cv2.absdiff(before, now))


def upright(picture: Picture, rotation: int) -> Picture:
    """The picture turned clockwise by 0, 90, 180 or 270 degrees."""
    return picture if rotation == 0 else _picture(cv2.rotate(picture, _TURNS[rotation]))


def fitted(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Width and height in the same shape, even, and not longer than `long_side`."""
    factor = min(1.0, long_side / max(size))
    width, height = (max(2, round(side * factor / 2) * 2) for side in size)
    return width, height


def _pixels(plane: VideoPlane) -> Picture:
    """A view of the plane's memory, valid as long as its frame."""
    lines: Picture = np.frombuffer(memoryview(plane), np.uint8)
    lines = lines[: plane.height * plane.line_size]
    return lines.reshape(plane.height, plane.line_size)[:, : plane.width]


def _picture(array: NDArray[Any]) -> Picture:
    """OpenCV's functions do not tell that bytes stay bytes."""
    return np.asarray(array, np.uint8)
