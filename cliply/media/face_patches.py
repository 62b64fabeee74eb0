"""The parts of a picture in and around a face."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cliply.domain.faces import Box
from cliply.media.frames import Picture

MARGIN = 0.6
"""Surroundings of a known face that are searched, in sizes of the face on each side."""

FACE_PX = (96, 115)
"""Widths of a face in a part that is searched, one after the other: the second and third step
of dlib's detector, which begins at 80 pixels. On which a face is found is chance."""

MOST_ENLARGED = 4.0

LOOKS_PX = 40
"""Width of a face where its looks are compared."""

LEAST_ALIKE = 0.6
"""Correlation with its last looks from which something is the same face."""

HEAD_PX = 48
HEAD_MARGIN_PX = 12
"""Sizes in pixels at which two views of a head are compared."""

_ACROSS = slice(HEAD_MARGIN_PX, HEAD_MARGIN_PX + HEAD_PX)
UPPER = (slice(HEAD_MARGIN_PX, HEAD_MARGIN_PX + HEAD_PX // 2), _ACROSS)
LOWER = (slice(HEAD_MARGIN_PX + HEAD_PX // 2, HEAD_MARGIN_PX + HEAD_PX), _ACROSS)
"""Rows and columns of the halves of a face."""


class Part(NamedTuple):
    """A cut out rectangle of a picture, perhaps enlarged."""

    picture: Picture
    box: Box
    """Where it was, as fractions of the whole picture."""

    def in_whole(self, box: Box) -> Box:
        """A box of the part as a box of the whole picture."""
        return Box(
            x=self.box.x + box.x * self.box.width,
            y=self.box.y + box.y * self.box.height,
            width=box.width * self.box.width,
            height=box.height * self.box.height,
        )


def part_of(picture: Picture, box: Box, margin: float = 0.0) -> Part | None:
    """A box with a margin (in its sizes) on each side; None when hardly any is in the picture."""
    height, width = picture.shape[:2]
    left, right = _pixels(box.x, box.width, margin, width)
    top, bottom = _pixels(box.y, box.height, margin, height)
    if right - left < 4 or bottom - top < 4:
        return None
    where = Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
    return Part(np.ascontiguousarray(picture[top:bottom, left:right]), where)


def surroundings(picture: Picture, face: Box) -> Iterator[Part]:
    """Where a known face will be next, at sizes at which it is found surely and cheaply."""
    part = part_of(picture, face, MARGIN)
    if part is not None:
        width_px = max(1.0, face.width * picture.shape[1])
        yield from (_scaled(part, wanted_px / width_px) for wanted_px in FACE_PX)


def found_again(before: Picture, face: Box, now: Picture) -> Box | None:
    """Where a face of an earlier picture is by its looks; None when nothing is alike.

    Normalised cross-correlation within the face's surroundings: it survives a turn of the
    head that a detector does not, and a change of light.
    """
    width_px = max(1.0, face.width * before.shape[1])
    looks, area = part_of(before, face), part_of(now, face, MARGIN)
    if looks is None or area is None:
        return None
    scale = LOOKS_PX / width_px
    small, wide = _scaled(looks, scale), _scaled(area, scale)
    if small.picture.std() < 1.0 or _is_larger(small.picture, wide.picture):
        return None
    alike = cv2.matchTemplate(wide.picture, small.picture, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(alike)
    if best < LEAST_ALIKE:
        return None
    height, width = wide.picture.shape
    corner = wide.in_whole(Box(x / width, y / height, 0.0, 0.0))
    return Box(corner.x, corner.y, looks.box.width, looks.box.height)


def mouth_change(before: Picture, now: Picture, box: Box) -> float:
    """How much the lower half of a face changed, 0…1, its head's movement taken out.

    For grey pictures of one size up to 150 ms apart. The head is followed by its upper half,
    and what that changes besides (noise, light, a turn) does not count.
    """
    first, second = (_head(picture, box) for picture in (before, now))
    if first is None or second is None:
        return 0.0
    second = _moved_back(first, second)
    lower, upper = (_difference(first, second, part) for part in (LOWER, UPPER))
    return min(1.0, max(0.0, lower - upper))


def _head(picture: Picture, box: Box) -> NDArray[np.float32] | None:
    """A face of `HEAD_PX` with `HEAD_MARGIN_PX` of surroundings; None outside the picture.

    What lies beyond the picture's edge is its edge.
    """
    height, width = picture.shape
    if not (0 < box.centre[0] < 1 and 0 < box.centre[1] < 1) or box.width * width < 4:
        return None
    room = HEAD_MARGIN_PX / HEAD_PX
    left, right = (round(x * width) for x in _grown(box.x, box.width, room))
    top, bottom = (round(y * height) for y in _grown(box.y, box.height, room))
    inside = picture[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    beyond = max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width)
    if any(beyond):
        inside = np.asarray(cv2.copyMakeBorder(inside, *beyond, cv2.BORDER_REPLICATE), np.uint8)
    side = HEAD_PX + 2 * HEAD_MARGIN_PX
    return np.asarray(cv2.resize(inside, (side, side), interpolation=cv2.INTER_AREA), np.float32)


def _grown(start: float, size: float, room: float) -> tuple[float, float]:
    return start - room * size, start + (1 + room) * size


def _moved_back(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """The second view with its upper half where that of the first is, to parts of a pixel."""
    reach = HEAD_MARGIN_PX
    around = second[UPPER[0].start - reach : UPPER[0].stop + reach]
    alike = cv2.matchTemplate(around, first[UPPER], cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(alike)
    if not LEAST_ALIKE < best <= 1.001:
        return second
    across = x + _between(alike[y], x) - reach
    down = y + _between(alike[:, x], y) - reach
    shift = np.array([[1, 0, -across], [0, 1, -down]], np.float32)
    moved = cv2.warpAffine(
        second, shift, second.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.float32)


def _between(values: NDArray[Any], best: int) -> float:
    """Where the parabola through the best value and its neighbours is highest, -0.5…0.5."""
    if not 0 < best < len(values) - 1:
        return 0.0
    before, here, after = (float(value) for value in values[best - 1 : best + 2])
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


def _difference(
    first: NDArray[np.float32], second: NDArray[np.float32], part: tuple[slice, slice]
) -> float:
    """Mean change of a part without brightness and contrast, 0…1."""
    views = [one - one.mean() for one in (first[part], second[part])]
    views = [one / max(1.0, float(one.std())) for one in views]
    return float(np.abs(views[0] - views[1]).mean()) / 2


def _scaled(part: Part, scale: float) -> Part:
    scale = min(MOST_ENLARGED, scale)
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(part.picture, None, fx=scale, fy=scale, interpolation=kind)
    return Part(np.asarray(scaled, np.uint8), part.box)


def _is_larger(small: Picture, wide: Picture) -> bool:
    return bool(small.shape[0] > wide.shape[0] or small.shape[1] > wide.shape[1])


def _pixels(start: float, size: float, margin: float, whole_px: int) -> tuple[int, int]:
    first = round((start - margin * size) * whole_px)
    last = round((start + (1 + margin) * size) * whole_px)
    return max(0, first), min(whole_px, last)
