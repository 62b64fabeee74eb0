"""Which layout suits each shot of a clip, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import hypot

from cliply.domain.faces import Box
from cliply.domain.framing import AspectRatio, Layout, ReframeSettings
from cliply.domain.media import VideoStream
from cliply.domain.timing import TimeRange
from cliply.media.regions import HEADS, regions_of
from cliply.media.shots import Person, Sight
from cliply.media.windows import MOST_UPSCALING, face_window, largest_window, pane_px

SHORTEST_MS = 2_000
"""A layout that lasts less is flicker."""

STILL_MOTION = 0.5
"""Mean difference of frames, in HSV levels, under which a shot is a still or a slide."""

GAME_MOTION = 3.0
"""… from which a picture with a face that stays in its corner is a game."""

SCREEN_LIKE = 0.5
HUD_LIKE = 0.5
"""Likelihoods from which a shot shows a screen, and a game's display."""

MOST_OF_SHOT = 0.6
"""Part of a shot that a face is seen in to be there for most of it; detectors drop out."""

SMALLEST_FACE = 0.07
"""Height of a face that still fills a pane, as a part of the picture."""

TALLEST_FACE = 0.66
"""A face that is higher than this part of the window loses hair or chin in it."""

ALIKE = 0.4
"""Who speaks with someone is at least this part as high as them."""

SPOKEN_PART = 0.6
"""Who speaks has this part of their even share of the mouth motion."""

CAMERA_WIDTH = 0.14
CAMERA_EDGE = 0.2
"""The face of a camera picture is no wider, and its centre no further from an edge."""

CAMERA_SPREAD = 0.6
"""… and it moves no further than this, in its own widths."""

HELD_MS = 8_000
"""A face that stays in one place this long, or in two shots, is in a camera picture."""


@dataclass(frozen=True)
class Choice:
    """A layout for one shot."""

    sight: Sight
    layout: Layout
    reason: str
    is_given: bool = False

    @property
    def span(self) -> TimeRange:
        return self.sight.shot.span


def choose_layouts(
    sights: Sequence[Sight], video: VideoStream, settings: ReframeSettings
) -> list[Choice]:
    """One layout per shot, as asked for or else what suits it; none lasts under 2 s by choice."""
    camera = held_camera(sights)
    chooser = _Chooser(video, settings, camera)
    return _settled([chooser.choose(sight) for sight in sights], camera)


def held_camera(sights: Sequence[Sight]) -> Person | None:
    """The face that stays in one place near an edge through the clip's shots."""
    found = [(sight, person) for sight in sights if (person := camera_person(sight))]
    for _, person in found:
        same = [sight for sight, other in found if _is_same_place(person, other)]
        if len(same) > 1 or _duration_ms(same) >= HELD_MS:
            return person
    return None


def camera_person(sight: Sight) -> Person | None:
    """The small, steady face near an edge that is alone in its shot; None without one."""
    there = [person for person in sight.people if person.share >= MOST_OF_SHOT / 2]
    if not there or there[0].share < MOST_OF_SHOT or not _is_in_corner(there[0]):
        return None
    is_alone = all(other.box.area < there[0].box.area / 2 for other in there[1:])
    return there[0] if is_alone else None


class _Chooser:
    """Chooses the layout of one shot with the whole clip in mind."""

    def __init__(
        self, video: VideoStream, settings: ReframeSettings, camera: Person | None
    ) -> None:
        self._video = video
        self._settings = settings
        self._camera = camera
        self._window = largest_window(video, settings.aspect_ratio.size_px)

    def choose(self, sight: Sight) -> Choice:
        given = given_layout(self._settings, sight.shot.span.start_ms)
        if given:
            return Choice(sight, given, _given_reason(given, sight), is_given=True)
        layout, reason = next(self._suitable(sight))
        return Choice(sight, layout, reason)

    def _suitable(self, sight: Sight) -> Iterator[tuple[Layout, str]]:
        """What suits a shot, best first; the last is always there."""
        if _is_without_picture(sight, self._video):
            yield Layout.waveform, "There is no picture here: the sound is drawn."
        if self._settings.centre:
            yield Layout.single, "The window stands where it was asked to."
        if self._window.is_whole:
            yield Layout.single, "The picture already has this shape."
        if self._window.upscaling > MOST_UPSCALING:
            yield Layout.fit, self._too_small()
        if self._settings.aspect_ratio is not AspectRatio.landscape:
            yield from self._several(sight)
        if sight.people and self._is_too_large(sight.people[0].box):
            yield Layout.fit, "The face is larger than a window: the whole picture is shown."
        if not sight.tracks and sight.screen >= SCREEN_LIKE:
            yield Layout.fit, "A screen is shown and no face: the whole picture is shown."
        if not sight.tracks and _is_unmoved(sight):
            yield Layout.fit, "No face is in sight and nothing moves: the whole picture is shown."
        yield Layout.single, _single_reason(sight)

    def _is_too_large(self, face: Box) -> bool:
        return face.height > TALLEST_FACE * self._window.height or face.width > self._window.width

    def _too_small(self) -> str:
        return (
            f"A window cut from {self._video.width}x{self._video.height} would be enlarged "
            f"{self._window.upscaling:.1f} times: the whole picture is shown."
        )

    def _several(self, sight: Sight) -> Iterator[tuple[Layout, str]]:
        """Layouts with several panes."""
        if self._video.width > self._video.height:
            yield from self._camera_layouts(sight)
        speakers = speakers_in(sight)
        layout = {2: Layout.split, 3: Layout.three}.get(len(speakers))
        if layout and self._are_apart(speakers) and self._fill_panes(layout, speakers):
            number = "Two" if layout is Layout.split else "Three"
            yield layout, f"{number} people talk, too far apart for one window: each has a pane."

    def _camera_layouts(self, sight: Sight) -> Iterator[tuple[Layout, str]]:
        own, motion = camera_person(sight), sight.motion
        if motion is None:
            return
        if own and sight.screen >= SCREEN_LIKE:
            yield Layout.screen_face, "A small face lies over a screen: both are shown."
        if self._camera and (own or not sight.people):
            if motion >= GAME_MOTION or sight.hud >= HUD_LIKE:
                reason = "A face stays in its corner while the picture moves: a game is played."
                yield Layout.gameplay_facecam, reason
            elif own:
                yield Layout.screen_face, "A small face stays at the edge: a screen is shown."

    def _are_apart(self, speakers: Sequence[Person]) -> bool:
        boxes = [person.box for person in speakers]
        width = max(box.x + box.width for box in boxes) - min(box.x for box in boxes)
        height = max(box.y + box.height for box in boxes) - min(box.y for box in boxes)
        return width > self._window.width or height > self._window.height

    def _fill_panes(self, layout: Layout, speakers: Sequence[Person]) -> bool:
        """Whether every pane has its face alone without being enlarged too much."""
        aspect = self._settings.aspect_ratio
        for region, person in zip(regions_of(layout, aspect, self._video), speakers, strict=True):
            others = tuple(other.box for other in speakers if other is not person)
            out_px = pane_px(region, aspect.size_px)
            window = face_window(self._video, out_px, person.box, others, HEADS[layout])
            if window.upscaling > MOST_UPSCALING:
                return False
        return True


def given_layout(settings: ReframeSettings, time_ms: int) -> Layout | None:
    """What a person asked for at a moment of the source."""
    asked = [choice.layout for choice in settings.layouts if choice.span.contains(time_ms)]
    return asked[-1] if asked else settings.layout


def speakers_in(sight: Sight) -> list[Person]:
    """Who is there for most of a shot, large enough, and speaks; from left to right."""
    there = [
        person
        for person in sight.people
        if person.share >= MOST_OF_SHOT and person.box.height >= SMALLEST_FACE
    ]
    tallest = max((person.box.height for person in there), default=0.0)
    there = [person for person in there if person.box.height >= ALIKE * tallest]
    spoken = sum(person.speaking for person in there)
    speaking = [person for person in there if person.speaking * len(there) >= SPOKEN_PART * spoken]
    return sorted(speaking, key=lambda person: person.box.centre[0])


def _is_in_corner(person: Person) -> bool:
    x = person.box.centre[0]
    return (
        person.box.width <= CAMERA_WIDTH
        and min(x, 1 - x) <= CAMERA_EDGE
        and person.spread <= CAMERA_SPREAD
    )


def _is_same_place(one: Person, other: Person) -> bool:
    (x0, y0), (x1, y1) = one.box.centre, other.box.centre
    return hypot((x1 - x0) / one.box.width, (y1 - y0) / one.box.height) <= CAMERA_SPREAD


def _is_without_picture(sight: Sight, video: VideoStream) -> bool:
    picture = TimeRange(start_ms=video.start_ms, end_ms=video.start_ms + video.duration_ms)
    return 2 * picture.overlap_ms(sight.shot.span) < sight.shot.span.duration_ms


def _is_unmoved(sight: Sight) -> bool:
    """Whether nothing moves, or nothing more than all the rest, as noise does on a slide."""
    if sight.motion is None:
        return False
    return sight.motion < STILL_MOTION or not sight.motion_centres


def _single_reason(sight: Sight) -> str:
    if sight.tracks:
        return "The window follows the speaking or largest face."
    if sight.motion_centres:
        return "No face was found: the window follows what moves."
    return "No face or movement was found: the window stays in the middle."


def _given_reason(layout: Layout, sight: Sight) -> str:
    faces, wanted = len(sight.people), {Layout.split: 2, Layout.three: 3}.get(layout, 0)
    if faces < wanted:
        return (
            f"This layout was asked for; with {faces} of {wanted} faces found, the other panes "
            "show the rest of the picture."
        )
    if layout in (Layout.screen_face, Layout.gameplay_facecam) and not faces:
        return "This layout was asked for; no face was found, so a part of the picture stands in."
    return "This layout was asked for."


def _settled(choices: Sequence[Choice], camera: Person | None) -> list[Choice]:
    """Runs of one layout that are too short join the longer neighbour that suits them."""
    settled = list(choices)
    while (joined := _joined(settled, camera)) is not None:
        settled = joined
    return settled


def _joined(choices: Sequence[Choice], camera: Person | None) -> list[Choice] | None:
    """The choices with one short run fewer; None when nothing is left to join."""
    runs = [list(run) for _, run in groupby(choices, key=lambda choice: choice.layout)]
    short = [n for n, run in enumerate(runs) if _is_flicker(run)]
    for number in sorted(short, key=lambda n: _run_ms(runs[n])):
        beside = [runs[n] for n in (number - 1, number + 1) if 0 <= n < len(runs)]
        suiting = [run for run in beside if _suits(run[0].layout, runs[number], camera)]
        if suiting:
            taker = max(suiting, key=_run_ms)[0]
            runs[number] = [
                replace(choice, layout=taker.layout, reason=taker.reason) for choice in runs[number]
            ]
            return [choice for run in runs for choice in run]
    return None


def _is_flicker(run: Sequence[Choice]) -> bool:
    return _run_ms(run) < SHORTEST_MS and not any(choice.is_given for choice in run)


def _suits(layout: Layout, run: Sequence[Choice], camera: Person | None) -> bool:
    """Whether shots can be shown in their neighbour's layout."""
    if layout in (Layout.screen_face, Layout.gameplay_facecam):
        return camera is not None or all(camera_person(choice.sight) for choice in run)
    wanted = {Layout.split: 2, Layout.three: 3}.get(layout, 0)
    return all(len(choice.sight.people) >= wanted for choice in run)


def _run_ms(run: Sequence[Choice]) -> int:
    return sum(choice.span.duration_ms for choice in run)


def _duration_ms(sights: Sequence[Sight]) -> int:
    return sum(sight.shot.span.duration_ms for sight in sights)
