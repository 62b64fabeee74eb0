"""Small colour pictures as PySceneDetect makes them, without converting whole frames."""

from typing import NamedTuple

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from cliply.media.frames import Picture, pixels_of

LONG_SIDE_PX = 256
"""PySceneDetect's own: at this size the cut list is the same as that of full frames."""

FULL_RANGE = "yuvj"

MIXING_STEPS = 32
"""Places in a pixel that are told apart, as in OpenCV's remap."""

Places = NDArray[np.float64]
Factors = NDArray[np.int32]

BT601 = {"vr": 104_597, "ub": 132_201, "ug": -25_675, "vg": -53_279}
"""swscale's inverse matrix in 1/65536. One for all sources, as OpenCV's reader has it, too:
differences count, not colours."""


class Axis(NamedTuple):
    """Neighbours of each place along an axis, and the share of the second one in 1/32."""

    first: NDArray[np.uintp]
    second: NDArray[np.uintp]
    share: NDArray[np.int32]


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
        from cliply.media import kernels

        self._kernels = kernels
        self._size: tuple[int, int] | None = None
        self._shapes: tuple[tuple[int, ...], tuple[int, ...]] | None = None

    def shrink(self, frame: VideoFrame) -> Picture:
        """All pictures have the size of the first, even when the stream changes its own."""
        luma, *chroma = (pixels_of(plane) for plane in frame.planes)
        if self._shapes != (luma.shape, chroma[0].shape):
            self._prepare(luma, chroma[0])
        assert self._size is not None
        small = np.asarray(cv2.resize(luma, self._size, interpolation=cv2.INTER_LINEAR), np.uint8)
        for plane, mixed in zip(chroma, self._chroma, strict=True):
            self._kernels.mix(plane, *self._across, *self._down, self._line, mixed)
        return self._coloured(small, FACTORS[frame.format.name.startswith(FULL_RANGE)])

    def _prepare(self, luma: Picture, chroma: Picture) -> None:
        height, width = luma.shape
        self._shapes = luma.shape, chroma.shape
        self._size = self._size or small_size(width, height)
        self._across = _axis(width, self._size[0], chroma.shape[1])
        self._down = _axis(height, self._size[1], chroma.shape[0])
        self._line = np.empty(chroma.shape[1], np.uint16)
        self._chroma = np.empty((2, *self._size[::-1]), np.uint8)

    def _coloured(self, luma: Picture, factors: Factors) -> Picture:
        channels = np.empty((3, *luma.shape), np.uint8)
        flat = (picture.reshape(-1) for picture in (luma, *self._chroma))
        self._kernels.colour(*flat, factors, *channels.reshape(3, -1))
        return np.asarray(cv2.merge(list(channels)), np.uint8)


def _axis(length: int, small: int, chroma: int) -> Axis:
    steps = np.rint(_chroma_places(length, small, chroma) * MIXING_STEPS).astype(np.int32)
    first, share = np.divmod(steps, MIXING_STEPS)
    second = np.minimum(first + 1, chroma - 1)
    return Axis(first.astype(np.uintp), second.astype(np.uintp), share)


def _chroma_places(length: int, small: int, chroma: int) -> Places:
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


def _factors(*, is_full_range: bool) -> Factors:
    luma = 1 << 16 if is_full_range else (255 << 16) // 219
    chroma = [int(f * 224 / 255) if is_full_range else f for f in BT601.values()]
    black = 0 if is_full_range else 16
    return np.array([black, *(_rounded(factor) for factor in (luma, *chroma))], np.int32)


def _rounded(factor: int) -> int:
    """As swscale keeps it: in 1/8192, times the 8 that it scales samples by."""
    return ((factor * (1 << 13) + (1 << 15)) >> 16) * 8


FACTORS = {is_full: _factors(is_full_range=is_full) for is_full in (False, True)}
