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

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV without threads of its own, which the decoder needs more.

    Sharing out small pictures costs more than it saves: a scan takes 5 % more CPU.
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


def small_grey(frame: VideoFrame, size: tuple[int, int], rotation: int) -> Picture:
    """Luma of a planar frame, turned as a player shows it, `size` wide and high after that.

    Halved as often as it goes, which OpenCV does five times as fast as other factors.
    """
    coded_size = size if rotation in (0, 180) else (size[1], size[0])
    grey = pixels_of(frame.planes[0])
    while grey.shape[1] >= 2 * coded_size[0] and grey.shape[0] >= 2 * coded_size[1]:
        half = grey.shape[1] // 2, grey.shape[0] // 2
        grey = _picture(cv2.resize(grey, half, interpolation=cv2.INTER_AREA))
    grey = _picture(cv2.resize(grey, coded_size, interpolation=cv2.INTER_LINEAR))
    return upright(grey, rotation)


def rgb_of(small: Picture, size: tuple[int, int]) -> Picture:
    """A BGR picture as RGB of another width and height."""
    resized = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    return _picture(cv2.cvtColor(resized, cv2.COLOR_BGR2RGB))


def brightness_of(hsv: Picture) -> Picture:
    """The value of every fourth pixel of every fourth row."""
    return np.ascontiguousarray(hsv[::4, ::4, 2])


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


def pixels_of(plane: VideoPlane) -> Picture:
    """A view of the plane's memory, valid as long as its frame."""
    lines: Picture = np.frombuffer(memoryview(plane), np.uint8)
    lines = lines[: plane.height * plane.line_size]
    return lines.reshape(plane.height, plane.line_size)[:, : plane.width]


def _picture(array: NDArray[Any]) -> Picture:
    """OpenCV's functions do not tell that bytes stay bytes."""
    return np.asarray(array, np.uint8)
