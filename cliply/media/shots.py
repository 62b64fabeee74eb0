"""The shots of a clip, and who and what is seen in each."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from statistics import median

from cliply.domain.faces import Box, FaceSample, FaceTrack, FaceTrackList, SpeakingSpan
from cliply.domain.media import VideoStream
from cliply.domain.scenes import SceneList
from cliply.domain.timing import TimeRange
from cliply.media.speakers import SURE, speaking_share

BRIDGE_MS = 5_000
"""Kept spans closer than this are one take: the camera does not start anew between them."""

SAME_PERSON = 1.5
"""A face that comes back within this many of its widths is the same person's."""

SAME_SIZE = 1.8
"""… when its width has changed by less than this factor."""


@dataclass(frozen=True)
class Shot:
    """The part of a scene that lies in the clip, without a larger gap in it."""

    scene: int
    """Index of the scene; -1 when nobody looked for scenes."""
    span: TimeRange


@dataclass(frozen=True)
class Person:
    """A face in one shot, through drop-outs of the detector."""

    samples: tuple[FaceSample, ...]
    """In order of time; some may lie outside of the shot."""
    box: Box
    """Where the face usually is."""
    share: float
    """Part of the shot that it is seen in, 0…1."""
    spread: float
    """How far it moves: the middle four fifths of its centres, in widths of the face."""
    speaking: float
    """Part (0…1) of what is spoken in the shot that it speaks; where voices and mouths do not
    tell, the part that its mouth has in the motion of all."""
    track_ids: frozenset[int] = frozenset()

    @property
    def presence(self) -> float:
        return self.share * self.box.area


@dataclass(frozen=True)
class Sight:
    """What is known of one shot."""

    shot: Shot
    tracks: tuple[FaceTrack, ...]
    people: tuple[Person, ...]
    """The most present first."""
    motion_centres: tuple[tuple[int, float], ...]
    motion: float | None
    """Mean difference of frames in HSV levels; None when nobody looked."""
    screen: float = 0.0
    """How much it looks like slides, code or a desktop, 0…1."""
    hud: float = 0.0
    """How likely drawings lie over a picture that moves, 0…1."""
    spoken: tuple[SpeakingSpan, ...] = ()
    """Who surely speaks when, in order; only tracks of this shot."""
    followed: frozenset[int] = frozenset()
    """Tracks of the person that a window should follow; empty where it may choose."""


def shots_between(
    spans: Sequence[TimeRange], video: VideoStream, scenes: SceneList, edges_ms: Sequence[int]
) -> list[Shot]:
    """The shots of what is kept, in order of source time, cut at scenes and at `edges_ms`.

    A shot begins anew after a gap of `BRIDGE_MS`, and where the picture begins or ends.
    """
    cuts = {scene.span.start_ms for scene in scenes.scenes[1:]} | set(edges_ms)
    cuts |= {video.start_ms, video.start_ms + video.duration_ms}
    return [
        Shot(_scene_at(scenes, part.start_ms), part)
        for take in _takes(spans)
        for part in _parts(take, cuts)
    ]


def see(
    shot: Shot, scenes: SceneList, faces: FaceTrackList, spoken: Sequence[SpeakingSpan] = ()
) -> Sight:
    """Everything known of a shot; `spoken` tells who speaks when."""
    tracks = tuple(
        track
        for track in faces.tracks
        if track.scene == shot.scene and track.samples and track.span.overlaps(shot.span)
    )
    ids = {track.track_id for track in tracks}
    sure = tuple(
        one
        for one in spoken
        if one.track_id in ids and one.confidence >= SURE and one.span.overlaps(shot.span)
    )
    people = [_person(joined, shot, faces, sure) for joined in _joined(tracks)]
    scene = scenes.scenes[shot.scene] if shot.scene >= 0 else None
    return Sight(
        shot=shot,
        tracks=tracks,
        people=tuple(sorted(people, key=lambda person: -person.presence)),
        motion_centres=tuple((t, x) for t, x in faces.motion_centres if shot.span.contains(t)),
        motion=scene.motion if scene else None,
        screen=scene.screen if scene else 0.0,
        hud=scene.hud if scene else 0.0,
        spoken=sure,
    )


def _takes(spans: Sequence[TimeRange]) -> list[TimeRange]:
    takes: list[TimeRange] = []
    for span in sorted(spans, key=lambda span: span.start_ms):
        if takes and span.start_ms < takes[-1].end_ms + BRIDGE_MS:
            before = takes.pop()
            end_ms = max(before.end_ms, span.end_ms)
            takes.append(TimeRange(start_ms=before.start_ms, end_ms=end_ms))
        else:
            takes.append(span)
    return takes


def _parts(take: TimeRange, cuts: set[int]) -> list[TimeRange]:
    inside = sorted(cut for cut in cuts if take.start_ms < cut < take.end_ms)
    borders = [take.start_ms, *inside, take.end_ms]
    return [TimeRange(start_ms=start, end_ms=end) for start, end in pairwise(borders)]


def _scene_at(scenes: SceneList, time_ms: int) -> int:
    """The scene of a moment; the first before them all, the last after."""
    starts = [scene.span.start_ms for scene in scenes.scenes]
    return max(0, bisect_right(starts, time_ms) - 1) if starts else -1


def _joined(tracks: Sequence[FaceTrack]) -> list[list[FaceTrack]]:
    """Tracks of one scene that are the same person's, one after the other."""
    people: list[list[FaceTrack]] = []
    for track in sorted(tracks, key=lambda track: track.span.start_ms):
        earlier = [
            (_distance(tracks[-1], track), number)
            for number, tracks in enumerate(people)
            if tracks[-1].span.end_ms <= track.span.start_ms
        ]
        distance, number = min(earlier, default=(SAME_PERSON, -1))
        if distance < SAME_PERSON:
            people[number].append(track)
        else:
            people.append([track])
    return people


def _distance(before: FaceTrack, after: FaceTrack) -> float:
    """Way from the end of one track to the start of the next, in widths of the face.

    None at all between tracks that are known to be one person's.
    """
    if before.identity is not None and before.identity == after.identity:
        return 0.0
    old, new = before.samples[-1].box, after.samples[0].box
    if not 1 / SAME_SIZE < new.width / old.width < SAME_SIZE:
        return float("inf")
    (x0, y0), (x1, y1) = old.centre, new.centre
    return hypot((x1 - x0) / old.width, (y1 - y0) / old.height)


def _person(
    tracks: Sequence[FaceTrack],
    shot: Shot,
    faces: FaceTrackList,
    spoken: Sequence[SpeakingSpan],
) -> Person:
    ids = frozenset(track.track_id for track in tracks)
    samples = tuple(sample for track in tracks for sample in track.samples)
    inside = [sample for sample in samples if shot.span.contains(sample.time_ms)] or samples
    boxes = [sample.box for sample in inside]
    looks = max(1.0, shot.span.duration_ms / max(1, faces.sample_interval_ms))
    share = speaking_share(spoken, ids, shot.span)
    return Person(
        samples=samples,
        box=Box(*(median(side) for side in zip(*boxes, strict=True))),
        share=min(1.0, len(inside) / looks),
        spread=max(
            _range([box.centre[0] / box.width for box in boxes]),
            _range([box.centre[1] / box.height for box in boxes]),
        ),
        speaking=_mouth_share(tracks) if share is None else share,
        track_ids=ids,
    )


def _mouth_share(tracks: Sequence[FaceTrack]) -> float:
    weights = [len(track.samples) for track in tracks]
    moved = sum(track.speaking * n for track, n in zip(tracks, weights, strict=True))
    return moved / sum(weights)


def _range(values: Sequence[float]) -> float:
    """Without the lowest and the highest tenth."""
    ordered = sorted(values)
    skipped = len(ordered) // 10
    return ordered[-1 - skipped] - ordered[skipped]
