"""Where a window goes over to another face because that one speaks now."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from cliply.domain.framing import Layout, ReframeSettings
from cliply.domain.media import VideoStream
from cliply.domain.timing import TimeRange
from cliply.media.layouts import Choice
from cliply.media.shots import Person, Sight
from cliply.media.windows import Window, largest_window

SHORTEST_LOOK_MS = 1_500
"""Who speaks for less than this (yes, right, a laugh) is only heard: a cut there and back again
is flicker."""

EARLY_MS = 100
"""The window goes over so much before the voice: a face is looked at when it opens its mouth."""


class _Part(NamedTuple):
    start_ms: int
    end_ms: int
    person: Person


def by_speaker(choice: Choice, video: VideoStream, settings: ReframeSettings) -> list[Choice]:
    """One choice for each stretch of a shot in which its single window follows another face.

    The shot stays whole where one window holds all who speak, where it has other panes, and
    where nobody knows who speaks.
    """
    sight = choice.sight
    if choice.layout is not Layout.single or settings.centre is not None:
        return [choice]
    window = largest_window(video, settings.aspect_ratio.size_px)
    parts = _parts(sight, window)
    return [replace(choice, sight=_part_of(sight, part)) for part in parts] or [choice]


def _part_of(sight: Sight, part: _Part) -> Sight:
    span = TimeRange(start_ms=part.start_ms, end_ms=part.end_ms)
    tracks = tuple(track for track in sight.tracks if track.span.overlaps(span))
    is_there = any(track.track_id in part.person.track_ids for track in tracks)
    return replace(
        sight,
        shot=replace(sight.shot, span=span),
        tracks=tracks if is_there else sight.tracks,
        followed=part.person.track_ids,
    )


def _parts(sight: Sight, window: Window) -> list[_Part]:
    """From one speaker to the next, over the whole shot; none when the window need not move."""
    spoken = _looks(sight)
    people = {person.track_ids: person for _, person in spoken}
    if not spoken or _one_window_holds([*people.values(), sight.people[0]], window):
        return []
    shot = sight.shot.span
    starts_ms = [shot.start_ms]
    starts_ms += [max(shot.start_ms + 1, start_ms - EARLY_MS) for start_ms, _ in spoken[1:]]
    ends_ms = [*starts_ms[1:], shot.end_ms]
    return [
        _Part(start_ms, end_ms, person)
        for start_ms, end_ms, (_, person) in zip(starts_ms, ends_ms, spoken, strict=True)
        if end_ms > start_ms
    ]


def _looks(sight: Sight) -> list[tuple[int, Person]]:
    """When each speaker begins who goes on for long enough, no two the same in a row."""
    whose = {track_id: person for person in sight.people for track_id in person.track_ids}
    looks: list[tuple[int, int, Person]] = []
    for one in sight.spoken:
        person = whose[one.track_id]
        if looks and looks[-1][2] is person:
            looks[-1] = (looks[-1][0], one.span.end_ms, person)
        elif one.span.duration_ms >= SHORTEST_LOOK_MS:
            looks.append((one.span.start_ms, one.span.end_ms, person))
    return [(start_ms, person) for start_ms, _, person in looks]


def _one_window_holds(people: Sequence[Person], window: Window) -> bool:
    """Whether each is in sight while any of the others is followed."""
    reach = (window.width / 2, window.height / 2)
    return all(
        abs(one.box.centre[0] - other.box.centre[0]) + other.box.width / 2 <= reach[0]
        and abs(one.box.centre[1] - other.box.centre[1]) + other.box.height / 2 <= reach[1]
        for one in people
        for other in people
    )
