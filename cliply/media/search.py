"""Where to look for faces, so that looking costs little and none is lost for a moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot

import cv2
import numpy as np

from cliply.domain.faces import FOLLOWED, Box
from cliply.media.face_patches import found_again, part_of, surroundings
from cliply.media.faces import FaceDetector, FaceNetwork, FoundFace, distinct
from cliply.media.frames import Picture

EVERYWHERE_MS = 900
"""Time after which the whole picture is searched again: every second sample."""

MOST_FACES = 12
"""Faces that are known at once, the largest: a crowd takes no more time and memory."""

MOST_PARTS = 3
"""More known faces than this are not looked for one by one: the whole picture costs less."""

REACH = 0.75
"""How far a face may move between two samples, in widths of the face."""

MAX_GROWTH = 1.8
"""Widths of one face in two samples differ by less than this factor."""

FOLLOWED_MS = 4_000
"""How long a face is followed by its looks when the detector does not see it …"""

UNSURE_MS = 1_500
"""… and when the detector saw it only once."""

CLOSER = 2.0
"""Enlargement of a picture in which no face is: dlib's needs 80 pixels, these are 40."""

CLOSER_PART = 0.75
"""Upper part of the picture that is looked at more closely; small faces are seldom below."""

UPPER = Box(0.0, 0.0, 1.0, CLOSER_PART)

CLOSER_EVERY_MS = 4_000
"""A close look costs four looks, so there is one at all of that part in so much time, or
several at as much of it as moves …"""

CLOSER_SAVED = 2.0
"""… of which so many may come one after the other, at cuts."""

LEAST_CLOSER = 0.1
"""A close look at less is paid like this part: something small may be all of a person."""

WIDEST_MOVING = 0.45
HEAD_ROOM = 0.12
"""What moves is looked at with this part of the picture around it: faces may hold still."""

STILL_BLOCKS = (40, 24)
STILL_LEVELS = 5
"""A picture of which no block changed by more than this holds the same faces."""


@dataclass(frozen=True)
class KnownFace:
    """A face that was seen in this shot."""

    found: FoundFace
    seen_ms: int
    """When the detector last saw it."""
    sightings: int = 1

    @property
    def box(self) -> Box:
        return self.found[0]


class FaceSearch:
    """Searches the whole picture once a second and after a cut, else around known faces.

    A picture that does not change is not searched again. A face that the detector misses is
    followed by its looks for a while; its score is then `FOLLOWED`. A shot in which nobody
    is found is looked at more closely now and then. A `FaceNetwork` sees every sample whole.
    """

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self._is_network = isinstance(detector, FaceNetwork)
        self._searched: Picture | None = None
        self._everywhere_ms = 0
        self._known: list[KnownFace] = []
        self._closer = _Allowance()

    def find(
        self, time_ms: int, grey: Picture, *, is_new_shot: bool, colour: Picture | None = None
    ) -> list[FoundFace]:
        """Faces of the next picture in order of time, boxes as fractions of it.

        `colour` is the same picture in BGR, for networks; without it they get the grey one.
        """
        before = self._searched
        if is_new_shot or before is None:
            self._known = []
            self._known = _new(self._everywhere(time_ms, None, grey, colour), time_ms)
            self._searched = grey
        elif not looks_same(before, grey):
            self._known = self._next(time_ms, before, grey, colour)
            self._searched = grey
        return [face.found for face in self._known]

    def _next(
        self, time_ms: int, before: Picture, grey: Picture, colour: Picture | None
    ) -> list[KnownFace]:
        is_whole = self._is_network or len(self._known) > MOST_PARTS
        if is_whole or time_ms - self._everywhere_ms >= EVERYWHERE_MS:
            found = self._everywhere(time_ms, before, grey, colour)
            return self._kept(time_ms, before, grey, found, is_whole=True)
        found = [face for known in self._known for face in self._around(known, grey)]
        return self._kept(time_ms, before, grey, distinct(found), is_whole=False)

    def _kept(
        self,
        time_ms: int,
        before: Picture,
        grey: Picture,
        found: list[FoundFace],
        *,
        is_whole: bool,
    ) -> list[KnownFace]:
        """Known faces where they were found or followed to, and the new ones."""
        taken, new = matched(self._known, found)
        faces = [
            replace(known, found=taken[n], seen_ms=time_ms, sightings=known.sightings + 1)
            for n, known in enumerate(self._known)
            if n in taken
        ]
        for number, known in enumerate(self._known):
            if number not in taken:
                faces += self._missed(time_ms, before, grey, known, is_whole=is_whole)
        faces += _new(new, time_ms)
        return _apart(faces)

    def _missed(
        self, time_ms: int, before: Picture, grey: Picture, known: KnownFace, *, is_whole: bool
    ) -> list[KnownFace]:
        """A face that was not found among the others: seen closer, else by its looks."""
        if is_whole and not self._is_network:
            near = self._around(known, grey)
            if near and is_near(known.box, near[0][0]):
                seen = known.sightings + 1
                return [replace(known, found=near[0], seen_ms=time_ms, sightings=seen)]
        patience_ms = FOLLOWED_MS if known.sightings > 1 else UNSURE_MS
        box = found_again(before, known.box, grey)
        if box is None or time_ms - known.seen_ms > patience_ms:
            return []
        return [replace(known, found=(box, FOLLOWED))]

    def _everywhere(
        self, time_ms: int, before: Picture | None, grey: Picture, colour: Picture | None
    ) -> list[FoundFace]:
        self._everywhere_ms = time_ms
        picture = colour if self._is_network and colour is not None else grey
        found = distinct(self._detector.detect(picture))
        if not found and not self._known and not self._is_network:
            found = self._closer_look(time_ms, before, grey)
        return sorted(found, key=lambda face: -face[0].area)[:MOST_FACES]

    def _closer_look(self, time_ms: int, before: Picture | None, grey: Picture) -> list[FoundFace]:
        where = UPPER if before is None else moving_part(before, grey)
        share = max(LEAST_CLOSER, where.area / UPPER.area)
        part = part_of(grey, where)
        if part is None or not self._closer.take(time_ms, share):
            return []
        large = cv2.resize(part.picture, None, fx=CLOSER, fy=CLOSER)
        found = distinct(self._detector.detect(np.asarray(large, np.uint8)))
        return [(part.in_whole(box), score) for box, score in found]

    def _around(self, known: KnownFace, grey: Picture) -> list[FoundFace]:
        """The face nearest to where a known one was; none when nothing is there."""
        for part in surroundings(grey, known.box):
            found = self._detector.detect(part.picture)
            if found:
                faces = [(part.in_whole(box), score) for box, score in found]
                return sorted(faces, key=lambda face: _way(known.box, face[0]))[:1]
        return []


class _Allowance:
    """How often something dear may be done, by the video's own clock."""

    def __init__(self) -> None:
        self._saved = CLOSER_SAVED
        self._last_ms = 0

    def take(self, time_ms: int, share: float) -> bool:
        """Whether that much of it may be done now; it then counts."""
        earned = (time_ms - self._last_ms) / CLOSER_EVERY_MS
        self._saved, self._last_ms = min(CLOSER_SAVED, self._saved + earned), time_ms
        if self._saved < share:
            return False
        self._saved -= share
        return True


def matched(
    known: Sequence[KnownFace], found: Sequence[FoundFace]
) -> tuple[dict[int, FoundFace], list[FoundFace]]:
    """Finds by the number of the known face that they are, nearest first; and the others."""
    pairs = sorted(
        (_way(face.box, new[0]), n, m)
        for n, face in enumerate(known)
        for m, new in enumerate(found)
        if is_near(face.box, new[0])
    )
    taken: dict[int, int] = {}
    for _, n, m in pairs:
        if n not in taken and m not in taken.values():
            taken[n] = m
    new = [face for m, face in enumerate(found) if m not in taken.values()]
    return {n: found[m] for n, m in taken.items()}, new


def is_near(before: Box, now: Box) -> bool:
    """Whether a face may have come from one box to the other in half a second."""
    return 1 / MAX_GROWTH < now.width / before.width < MAX_GROWTH and _way(before, now) < REACH


def moving_part(before: Picture, now: Picture) -> Box:
    """What moved most between two grey pictures, with surroundings, within the upper part.

    Blocks that changed by less than a third of the most are noise or a trembling camera's. No
    wider than `WIDEST_MOVING`, round the middle of the movement.
    """
    changes = _block_changes(before, now).astype(float)
    changes[changes <= max(float(STILL_LEVELS), changes.max() / 3)] = 0.0
    if not changes.any():
        return UPPER
    across, down = STILL_BLOCKS
    columns, rows = np.flatnonzero(changes.any(axis=0)), np.flatnonzero(changes.any(axis=1))
    x = (np.arange(across) + 0.5) @ changes.sum(axis=0) / changes.sum() / across
    left = max(0.0, columns[0] / across - HEAD_ROOM, x - WIDEST_MOVING / 2)
    right = min(1.0, (columns[-1] + 1) / across + HEAD_ROOM, x + WIDEST_MOVING / 2)
    top = max(0.0, rows[0] / down - HEAD_ROOM)
    bottom = min(CLOSER_PART, (rows[-1] + 1) / down + HEAD_ROOM)
    sides = (left, top, right - left, bottom - top)
    return Box(*map(float, sides)) if bottom > top else UPPER


def looks_same(before: Picture, now: Picture) -> bool:
    """Whether two grey pictures of one size agree block by block."""
    return int(np.max(_block_changes(before, now))) <= STILL_LEVELS


def _block_changes(before: Picture, now: Picture) -> Picture:
    first, second = (
        cv2.resize(picture, STILL_BLOCKS, interpolation=cv2.INTER_AREA) for picture in (before, now)
    )
    return np.asarray(cv2.absdiff(first, second), np.uint8)


def _new(found: Sequence[FoundFace], time_ms: int) -> list[KnownFace]:
    return [KnownFace(face, time_ms) for face in found]


def _apart(faces: list[KnownFace]) -> list[KnownFace]:
    """Without those that were followed onto another; the largest `MOST_FACES`."""
    kept = distinct([face.found for face in faces])
    apart = [face for face in faces if face.found in kept]
    return sorted(apart, key=lambda face: -face.box.area)[:MOST_FACES]


def _way(before: Box, now: Box) -> float:
    """Way between the centres in widths and heights of the face."""
    (x0, y0), (x1, y1) = before.centre, now.centre
    return hypot((x1 - x0) / before.width, (y1 - y0) / before.height)
