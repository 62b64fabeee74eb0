"""Where to look for faces, so that looking costs little."""

from math import hypot

import cv2
import numpy as np

from cliply.domain.faces import Box
from cliply.media.faces import FaceDetector, FoundFace
from cliply.media.frames import Picture

EVERYWHERE_MS = 900
"""Time after which the whole picture is searched again: every second sample."""

MARGIN = 0.6
"""Surroundings of a known face that are searched, in sizes of the face on each side."""

SAME_FACE = 0.3
"""Overlap (intersection over union) above which two finds are one face."""

STILL_BLOCKS = (40, 24)
STILL_LEVELS = 5
"""A picture of which no block changed by more than this holds the same faces."""


class FaceSearch:
    """Searches the whole picture once a second and after a cut, else around known faces.

    A picture that does not change is not searched again.
    """

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self._searched: Picture | None = None
        self._everywhere_ms = 0
        self._known: list[FoundFace] = []

    def find(self, time_ms: int, grey: Picture, *, is_new_shot: bool) -> list[FoundFace]:
        """Faces of the next picture in order of time, boxes as fractions of it."""
        is_first = self._searched is None or is_new_shot
        if not is_first and self._searched is not None and looks_same(self._searched, grey):
            return self._known
        if is_first or time_ms - self._everywhere_ms >= EVERYWHERE_MS:
            return self._everywhere(time_ms, grey)
        around = [self._around(face, grey) for face in self._known]
        found = [face for face in around if face is not None]
        if len(distinct(found)) < len(self._known):
            return self._everywhere(time_ms, grey)
        self._known, self._searched = found, grey
        return found

    def _everywhere(self, time_ms: int, grey: Picture) -> list[FoundFace]:
        self._known = distinct(self._detector.detect(grey))
        self._searched, self._everywhere_ms = grey, time_ms
        return self._known

    def _around(self, face: FoundFace, grey: Picture) -> FoundFace | None:
        rows, columns = _surroundings(face[0], grey)
        height, width = grey.shape
        part = np.ascontiguousarray(grey[rows, columns])
        found = [
            (_placed(box, part, (columns.start, rows.start), (width, height)), score)
            for box, score in self._detector.detect(part)
        ]
        return min(found, key=lambda near: _way(near[0], face[0]), default=None)


def distinct(faces: list[FoundFace]) -> list[FoundFace]:
    """The faces without those that cover a surer one."""
    kept: list[FoundFace] = []
    for box, score in sorted(faces, key=lambda face: -face[1]):
        if all(box.intersection_over_union(other) < SAME_FACE for other, _ in kept):
            kept.append((box, score))
    return kept


def looks_same(before: Picture, now: Picture) -> bool:
    """Whether two grey pictures of one size agree block by block."""
    first, second = (
        cv2.resize(picture, STILL_BLOCKS, interpolation=cv2.INTER_AREA) for picture in (before, now)
    )
    return int(np.max(cv2.absdiff(first, second))) <= STILL_LEVELS


def _surroundings(box: Box, grey: Picture) -> tuple[slice, slice]:
    height, width = grey.shape
    across, down = MARGIN * box.width, MARGIN * box.height
    rows = slice(
        max(0, round((box.y - down) * height)),
        min(height, round((box.y + box.height + down) * height)),
    )
    columns = slice(
        max(0, round((box.x - across) * width)),
        min(width, round((box.x + box.width + across) * width)),
    )
    return rows, columns


def _placed(box: Box, part: Picture, corner: tuple[int, int], size: tuple[int, int]) -> Box:
    """A box of a part as a box of the whole picture; corner and size in pixels."""
    part_height, part_width = part.shape
    return Box(
        x=(corner[0] + box.x * part_width) / size[0],
        y=(corner[1] + box.y * part_height) / size[1],
        width=box.width * part_width / size[0],
        height=box.height * part_height / size[1],
    )


def _way(one: Box, other: Box) -> float:
    (x0, y0), (x1, y1) = one.centre, other.centre
    return hypot(x1 - x0, y1 - y0)
