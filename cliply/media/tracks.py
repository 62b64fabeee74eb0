"""Following faces from sample to sample within a shot."""

from bisect import bisect_right
from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

from cliply.domain.faces import FOLLOWED, Box, FaceSample, FaceTrack
from cliply.domain.scenes import SceneList
from cliply.domain.timing import TimeRange
from cliply.media.identities import (
    FaceRecogniser,
    Looks,
    PlainRecogniser,
    SeenTrack,
    number_persons,
)

PATIENCE_MS = 1_500
"""How long a face may be unseen and still be the same one …"""

REACH = 0.75
"""… when it has moved less than this, in widths of the face."""

ABSENCE_MS = 6_000
"""How long it may be unseen when it comes back to its place …"""

SAME_PLACE = 0.4
"""… which reaches so far. Detectors lose a turned head for seconds, and people on chairs stay."""

MAX_GROWTH = 1.8
"""Widths of one face in two samples differ by less than this factor."""


class SampledFrame(NamedTuple):
    """The faces of one sampled frame."""

    time_ms: int
    faces: tuple[FaceSample, ...]
    looks: tuple[Looks | None, ...] = ()
    """One for each face, or none at all where nobody asked."""


class _Sighting(NamedTuple):
    sample: FaceSample
    looks: Looks | None = None


_Path = list[_Sighting]


def follow_faces(
    frames: Sequence[SampledFrame], scenes: SceneList, recogniser: FaceRecogniser | None = None
) -> tuple[FaceTrack, ...]:
    """Join the samples of frames (in order of time) into tracks, each inside one scene.

    Where a face was not seen for a while and came back to its place, samples without
    confidence lie between. A face that the detector saw in a single sample is dropped as a
    blip, unless its scene was sampled only once. Ordered by scene and first appearance.
    `recogniser` is the one that took the looks.
    """
    found: list[tuple[int, _Path]] = []
    for scene, inside in _by_scene(frames, scenes).items():
        paths = _joined(inside)
        found += [(scene, path) for path in paths if _times_seen(path) > 1 or len(inside) == 1]
    shares = _speaking_shares([path for _, path in found])
    persons = number_persons(
        [_seen(scene, path) for scene, path in found], recogniser or PlainRecogniser()
    )
    return tuple(
        FaceTrack(
            track_id=number,
            scene=scene,
            identity=persons[number],
            samples=tuple(sighting.sample for sighting in path),
            speaking=shares[number],
        )
        for number, (scene, path) in enumerate(found)
    )


def _times_seen(path: _Path) -> int:
    return sum(sighting.sample.is_seen for sighting in path)


def _by_scene(frames: Sequence[SampledFrame], scenes: SceneList) -> dict[int, list[SampledFrame]]:
    starts = [scene.span.start_ms for scene in scenes.scenes]
    grouped: dict[int, list[SampledFrame]] = {}
    for frame in frames:
        grouped.setdefault(max(0, bisect_right(starts, frame.time_ms) - 1), []).append(frame)
    return grouped


def _joined(frames: Sequence[SampledFrame]) -> list[_Path]:
    """Paths in order of first appearance; each face goes to the nearest open path."""
    paths: list[_Path] = []
    open_paths: list[_Path] = []
    for number, frame in enumerate(frames):
        open_paths = [path for path in open_paths if _age_ms(path, frame) <= ABSENCE_MS]
        taken: dict[int, _Path] = {}
        for _, index, path in _nearest_first(open_paths, frame):
            if index not in taken and path[-1].sample.time_ms < frame.time_ms:
                path += _between(path[-1].sample, frame.faces[index], frames, number)
                path.append(_sighting(frame, index))
                taken[index] = path
        new = [[_sighting(frame, n)] for n in range(len(frame.faces)) if n not in taken]
        open_paths += new
        paths += new
    return [_without_tail(path) for path in paths]


def _sighting(frame: SampledFrame, index: int) -> _Sighting:
    return _Sighting(frame.faces[index], frame.looks[index] if frame.looks else None)


def _age_ms(path: _Path, frame: SampledFrame) -> int:
    return frame.time_ms - path[-1].sample.time_ms


def _nearest_first(paths: Sequence[_Path], frame: SampledFrame) -> list[tuple[float, int, _Path]]:
    pairs = [
        (distance, index, path)
        for path in paths
        for index, face in enumerate(frame.faces)
        if (distance := _distance(path[-1].sample.box, face.box)) < _reach(_age_ms(path, frame))
    ]
    return sorted(pairs, key=lambda pair: pair[0])


def _reach(age_ms: int) -> float:
    return REACH if age_ms <= PATIENCE_MS else SAME_PLACE


def _distance(before: Box, now: Box) -> float:
    """Way between the centres in widths of the face; infinite for another size of face.

    Fractions of width and height count alike, which is near enough for half a second.
    """
    if not 1 / MAX_GROWTH < now.width / before.width < MAX_GROWTH:
        return float("inf")
    across = (now.x + now.width / 2 - before.x - before.width / 2) / before.width
    down = (now.y + now.height / 2 - before.y - before.height / 2) / before.height
    return hypot(across, down)


def _between(
    before: FaceSample, after: FaceSample, frames: Sequence[SampledFrame], number: int
) -> list[_Sighting]:
    """Samples on the straight way between two, one for each frame in which it was unseen."""
    missed: list[_Sighting] = []
    while frames[number - 1].time_ms > before.time_ms:
        number -= 1
        time_ms = frames[number].time_ms
        part = (time_ms - before.time_ms) / (after.time_ms - before.time_ms)
        sides = (a + (b - a) * part for a, b in zip(before.box, after.box, strict=True))
        missed.append(_Sighting(FaceSample(time_ms, Box(*sides), FOLLOWED)))
    return missed[::-1]


def _without_tail(path: _Path) -> _Path:
    """Without what was followed to the end and never seen again: it may have been a wall."""
    last = max((n for n, one in enumerate(path) if one.sample.is_seen), default=-1)
    end_ms = path[last].sample.time_ms + PATIENCE_MS if last >= 0 else 0
    return [one for n, one in enumerate(path) if n <= last or one.sample.time_ms <= end_ms]


def _seen(scene: int, path: _Path) -> SeenTrack:
    span = TimeRange(start_ms=path[0].sample.time_ms, end_ms=path[-1].sample.time_ms + 1)
    return SeenTrack(scene, span, tuple(one.looks for one in path if one.looks is not None))


def _speaking_shares(paths: Sequence[_Path]) -> list[float]:
    """Each path's part of the mouth motion in sight while it lasts."""
    total: dict[int, float] = {}
    count: dict[int, int] = {}
    for path in paths:
        for sample, _ in path:
            total[sample.time_ms] = total.get(sample.time_ms, 0.0) + sample.mouth_motion
            count[sample.time_ms] = count.get(sample.time_ms, 0) + 1
    return [_share(path, total, count) for path in paths]


def _share(path: _Path, total: dict[int, float], count: dict[int, int]) -> float:
    """Of all motion; with none at all every face speaks equally likely."""
    times = [sample.time_ms for sample, _ in path]
    motion = sum(total[time_ms] for time_ms in times)
    if motion == 0:
        return len(times) / sum(count[time_ms] for time_ms in times)
    return sum(sample.mouth_motion for sample, _ in path) / motion
