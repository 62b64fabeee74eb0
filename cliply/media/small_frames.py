"""Small colour pictures as PySceneDetect makes them, without converting whole frames."""

from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from cliply.media.frames import Picture, pixels_of

LONG_SIDE_PX = 256
"""PySceneDetect's own: at this size the cut list is the same as that of full frames."""

FULL_RANGE = "yuvj"

Axis = NDArray[np.float64]
Table = NDArray[np.int16]
Array = NDArray[Any]

BT601 = {"vr": 104_597, "ub": 132_201, "ug": -25_675, "vg": -53_279}
"""swscale's inverse matrix in 1/65536. One for all sources, as OpenCV's reader has it, too:
differences count, not colours."""


def small_size(width: int, height: int) -> tuple[int, int]:
    """Size at which cuts are looked for, as PySceneDetect has it; small ones stay as they are."""
    factor = max(1.0, max(width, height) / LONG_SIDE_PX)
    return max(1, round(width / factor)), max(1, round(height / factor))


class Shrinker:
    """Makes BGR pictures of one size out of planar frames, in coded orientation.

    The same to the bit as converting the frame with swscale and shrinking it by
    `cv2.resize`, where that takes single pixels (720 lines); within 1 level elsewhere, as
    rounding comes after mixing. Colour is taken where the mixed pixels have it: half-size
    chroma would add false cuts.
    """

    def __init__(self) -> None:
        self._size: tuple[int, int] | None = None
        self._shapes: tuple[tuple[int, ...], tuple[int, ...]] | None = None

    def shrink(self, frame: VideoFrame) -> Picture:
        """All pictures have the size of the first, even when the stream changes its own."""
        luma, *chroma = (pixels_of(plane) for plane in frame.planes)
        if self._shapes != (luma.shape, chroma[0].shape):
            self._prepare(luma, chroma[0])
        assert self._size is not None
        across, down = self._maps
        small = cv2.resize(luma, self._size, interpolation=cv2.INTER_LINEAR)
        blue, red = (cv2.remap(plane, across, down, self._mixing) for plane in chroma)
        return _bgr(small, blue, red, _TABLES[frame.format.name.startswith(FULL_RANGE)])

    def _prepare(self, luma: Picture, chroma: Picture) -> None:
        height, width = luma.shape
        self._shapes = luma.shape, chroma.shape
        self._size = self._size or small_size(width, height)
        across = _chroma_places(width, self._size[0], chroma.shape[1])
        down = _chroma_places(height, self._size[1], chroma.shape[0])
        xs, ys = (grid.astype(np.float32) for grid in np.meshgrid(across, down))
        is_exact = not (np.modf(across)[0].any() or np.modf(down)[0].any())
        self._maps = cv2.convertMaps(xs, ys, cv2.CV_16SC2, nninterpolation=is_exact)
        self._mixing = cv2.INTER_NEAREST if is_exact else cv2.INTER_LINEAR


def _chroma_places(length: int, small: int, chroma: int) -> Axis:
    """Where along a chroma plane the colour of each small pixel lies.

    `cv2.resize` mixes two neighbouring pixels. swscale gives both of them the colour of the
    sample that covers them, which is one for both or one for each.
    """
    step = round(length / chroma)
    middle = np.clip((np.arange(small) + 0.5) * length / small - 0.5, 0, length - 1)
    first = np.floor(middle)
    second = np.minimum(first + 1, length - 1)
    one, other = np.floor(first / step), np.floor(second / step)
    return np.asarray(one + (middle - first) * (other - one))


def _bgr(luma: Array, blue: Array, red: Array, tables: dict[str, Table]) -> Picture:
    grey = cv2.LUT(luma, tables["y"])
    both = cv2.add(grey, cv2.LUT(blue, tables["ug"])), cv2.LUT(red, tables["vg"])
    others = (grey, cv2.LUT(blue, tables["ub"])), (grey, cv2.LUT(red, tables["vr"]))
    channels = [cv2.add(*pair, dtype=cv2.CV_8U) for pair in (others[0], both, others[1])]
    return np.asarray(cv2.merge(channels), np.uint8)


def _tables(*, is_full_range: bool) -> dict[str, Table]:
    """What each value of a plane adds to a colour, in swscale's own arithmetic (yuv2rgb.c)."""
    luma = 1 << 16 if is_full_range else (255 << 16) // 219
    chroma = {
        name: int(factor * 224 / 255) if is_full_range else factor for name, factor in BT601.items()
    }
    tables = {name: _table(factor, 128) for name, factor in chroma.items()}
    return tables | {"y": _table(luma, 0 if is_full_range else 16)}


def _table(factor: int, zero: int) -> Table:
    """16-bit products as the processor's `pmulhw` gives them: rounded down, one by one."""
    sixteenth = (factor * (1 << 13) + (1 << 15)) >> 16
    return (((np.arange(256) - zero) * 8 * sixteenth) >> 16).astype(np.int16)


_TABLES = {is_full: _tables(is_full_range=is_full) for is_full in (False, True)}
