"""What the panes of a layout look at, through the shots that it lasts."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from math import inf
from statistics import median

from cliply.domain.faces import Box, FaceTrack
from cliply.domain.framing import Layout, Pane, ReframeSettings, Region
from cliply.domain.media import VideoStream
from cliply.media.crop_path import Target, crop_path
from cliply.media.layouts import CAMERA_SPREAD, camera_person
from cliply.media.regions import HEADS, regions_of
from cliply.media.shots import Person, Sight
from cliply.media.windows import SHOULDER_ROOM, Window, face_window, largest_window, pane_px

HANDOVER_MS = 1500
"""Another face takes over where the followed one is away, when it stays at least this long."""

SPEAKING_LEAD = 0.2
"""How much likelier than the largest face another one must be to speak to be followed."""

UNSEEN_MS = 3_000
"""A face that was not seen for longer may be anywhere: what moves is followed instead."""

RETURN_MS = 1_000
"""A window that waited where a face was goes to where it is again in this time."""

CORNER_BOX = Box(x=0.05, y=0.08, width=0.08, height=0.15)
"""Where a camera picture commonly lies when its face was not found."""

PART_HEIGHT = 0.25
"""A part of the picture without a face is framed as if this high a face were in it."""


def panes_of(
    layout: Layout,
    sights: Sequence[Sight],
    video: VideoStream,
    settings: ReframeSettings,
    camera: Person | None,
) -> tuple[Pane, ...]:
    """The panes of neighbouring shots with one layout; `split` and `three` take one shot."""
    regions = regions_of(layout, settings.aspect_ratio, video)
    arranged = _Arranged(sights, video, settings.aspect_ratio.size_px)
    if layout is Layout.single:
        return (arranged.following(regions[0], settings.centre),)
    if layout in (Layout.split, Layout.three):
        return arranged.speakers(layout, regions)
    if layout is Layout.screen_face:
        return arranged.screen(regions[0], camera), arranged.face(layout, regions[1], camera)
    if layout is Layout.gameplay_facecam:
        return arranged.face(layout, regions[0], camera), arranged.whole(regions[1], "centre")
    return ()


class _Arranged:
    """Shots, their picture and the frame that it is arranged in."""

    def __init__(
        self, sights: Sequence[Sight], video: VideoStream, size_px: tuple[int, int]
    ) -> None:
        self._sights = sights
        self._video = video
        self._size_px = size_px

    def following(self, region: Region, centre: tuple[float, float] | None) -> Pane:
        """A window that follows the speaking face, else what moves; or stands as asked."""
        given = Target("given", (0,), (centre[0],), (centre[1],)) if centre else None
        targets = [given or followed_in(sight) for sight in self._sights]
        return self._pane(region, self._largest(region), targets)

    def whole(self, region: Region, followed: str, x: float = 0.5) -> Pane:
        """As much of the picture as a region's shape allows."""
        target = Target(followed, (0,), (x,), (0.5,))
        return self._pane(region, self._largest(region), [target] * len(self._sights))

    def screen(self, region: Region, camera: Person | None) -> Pane:
        """The screen; where it must be cut, on the side of the face, which has its own pane."""
        people = [person for sight in self._sights if (person := _camera_in(sight, camera))]
        x = people[0].box.centre[0] if people else 0.5
        return self.whole(region, "screen", x=0.5 if x == 0.5 else float(x < 0.5))

    def face(self, layout: Layout, region: Region, camera: Person | None) -> Pane:
        """The face of a camera picture, or the part of the picture where one commonly is."""
        people = [_camera_in(sight, camera) for sight in self._sights]
        boxes = [person.box for person in people if person]
        usual = Box(*(median(side) for side in zip(*boxes, strict=True))) if boxes else CORNER_BOX
        targets = [
            _face(person) if person and person.spread > CAMERA_SPREAD else _place(usual)
            for person in people
        ]
        return self._pane(region, self._close(region, usual, (), HEADS[layout]), targets)

    def speakers(self, layout: Layout, regions: Sequence[Region]) -> tuple[Pane, ...]:
        """One face per pane, from left to right; parts of the picture for missing faces."""
        people = self._sights[0].people[: len(regions)]
        seats = _seats([(person.box, person) for person in people], len(regions))
        boxes = [box for box, _ in seats]
        windows = self._alike(regions, boxes, HEADS[layout])
        targets = [_face(person) if person else _place(box) for box, person in seats]
        return tuple(
            self._pane(region, window, [target])
            for region, window, target in zip(regions, windows, targets, strict=True)
        )

    def _alike(
        self, regions: Sequence[Region], boxes: Sequence[Box], heads: tuple[float, float]
    ) -> list[Window]:
        """Windows as narrow as the narrowest must be, so that all faces are equally large."""

        def windows(heads: tuple[float, float]) -> list[Window]:
            return [
                self._close(region, box, tuple(other for other in boxes if other is not box), heads)
                for region, box in zip(regions, boxes, strict=True)
            ]

        free = windows(heads)
        fewest = min(window.height / box.height for window, box in zip(free, boxes, strict=True))
        return windows((heads[0], fewest))

    def _largest(self, region: Region) -> Window:
        return largest_window(self._video, pane_px(region, self._size_px))

    def _close(
        self,
        region: Region,
        face: Box,
        neighbours: tuple[Box, ...],
        heads: tuple[float, float],
    ) -> Window:
        out_px = pane_px(region, self._size_px)
        return face_window(self._video, out_px, face, neighbours, heads)

    def _pane(self, region: Region, window: Window, targets: Sequence[Target]) -> Pane:
        spans = [sight.shot.span for sight in self._sights]
        return Pane(region=region, path=crop_path(window, list(zip(spans, targets, strict=True))))


def followed_in(sight: Sight) -> Target:
    """What a single window follows in a shot: a face, else movement, else the middle."""
    if sight.tracks:
        face = _face_target(_ranked(sight.tracks, sight.followed))
        return _with_motion(face, sight.motion_centres)
    if not sight.motion_centres:
        return Target("centre")
    times, x = zip(*sight.motion_centres, strict=True)
    return Target("motion", times, x, (0.5,) * len(x))


def _with_motion(face: Target, motion_centres: Sequence[tuple[int, float]]) -> Target:
    """A face, and movement where no face was seen for long: who turned away may walk on."""
    far = {
        time_ms: (x, face.y[0])
        for time_ms, x in motion_centres
        if min(abs(time_ms - seen_ms) for seen_ms in _nearest_two(face.times_ms, time_ms))
        > UNSEEN_MS
    }
    if not far:
        return face
    places = dict(zip(face.times_ms, zip(face.x, face.y, strict=True), strict=True)) | far
    times = tuple(sorted(places))
    x, y = zip(*(places[time_ms] for time_ms in times), strict=True)
    return Target("face", times, x, y, face.face_height)


def _nearest_two(times: Sequence[int], time_ms: int) -> Sequence[int]:
    """The times around a time; one at the ends."""
    place = bisect_left(times, time_ms)
    return times[max(0, place - 1) : place + 1]


def _ranked(tracks: Sequence[FaceTrack], followed: frozenset[int]) -> list[FaceTrack]:
    """Largest first, but a face that clearly speaks before all others; `followed` before it."""
    ranked = sorted(tracks, key=_presence, reverse=True)
    speaker = max(ranked, key=lambda track: track.speaking)
    if speaker.speaking >= 0.5 and speaker.speaking - ranked[0].speaking >= SPEAKING_LEAD:
        ranked.remove(speaker)
        ranked.insert(0, speaker)
    return sorted(ranked, key=lambda track: track.track_id not in followed)


def _presence(track: FaceTrack) -> float:
    """Area of a face summed over the frames it was seen in."""
    return sum(sample.box.area for sample in track.samples)


def _face_target(ranked: Sequence[FaceTrack]) -> Target:
    """The first track, and where it is not there the next one that is."""
    taken: list[FaceTrack] = []
    for track in ranked:
        too_short = taken and track.span.duration_ms < HANDOVER_MS
        if not too_short and not any(track.span.overlaps(other.span) for other in taken):
            taken.append(track)
    return _target_of({sample.time_ms: sample.box for track in taken for sample in track.samples})


def _face(person: Person) -> Target:
    return _target_of({sample.time_ms: sample.box for sample in person.samples})


def _target_of(boxes: dict[int, Box]) -> Target:
    boxes = _held(boxes)
    times = tuple(sorted(boxes))
    x, y = zip(*(boxes[time].centre for time in times), strict=True)
    return Target("face", times, x, y, median(box.height for box in boxes.values()))


def _held(boxes: dict[int, Box]) -> dict[int, Box]:
    """With the last place of a face held while it is unseen, when it comes back elsewhere.

    A straight line between the two would lead the window over what nobody is in.
    """
    held = dict(boxes)
    for before, after in pairwise(sorted(boxes)):
        old, new = boxes[before], boxes[after]
        moved = abs(new.centre[0] - old.centre[0]) > old.width
        if moved and after - before > 2 * RETURN_MS:
            held[after - RETURN_MS] = old
    return held


def _place(box: Box) -> Target:
    """A face that is known to stay where it is."""
    x, y = box.centre
    return Target("face", (0,), (x,), (y,), box.height)


def _camera_in(sight: Sight, camera: Person | None) -> Person | None:
    """The face of the camera picture: this shot's, the clip's, or any that is there."""
    return camera_person(sight) or camera or next(iter(sight.people), None)


def _seats(found: Sequence[tuple[Box, Person]], number: int) -> list[tuple[Box, Person | None]]:
    """So many places from left to right; even parts of the picture where no face was found."""
    seats: list[tuple[Box, Person | None]] = list(found)
    places = [(n + 0.5) / number for n in range(number)]
    while len(seats) < number:
        x = max(places, key=lambda place: _way(place, seats))
        size = 0.5 / SHOULDER_ROOM / number  # so wide that its neighbours end half-way to it
        seats.append((Box(x - size / 2, 0.5 - PART_HEIGHT / 2, size, PART_HEIGHT), None))
    return sorted(seats, key=lambda seat: seat[0].centre[0])


def _way(place: float, seats: Sequence[tuple[Box, Person | None]]) -> float:
    """How far a place is from all that are taken."""
    return min((abs(place - box.centre[0]) for box, _ in seats), default=inf)
