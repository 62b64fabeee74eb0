"""Following faces from sample to sample within a shot."""

from bisect import bisect_right
from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cliply.domain.faces import Box, FaceSample, FaceTrack
from cliply.domain.scenes import SceneList
from cliply.media.frames import Picture

PATIENCE_MS = 1_500
"""How long a face may be unseen and still be the same one."""

REACH = 0.75
"""How far a face may move between two samples, in widths of the face."""

MAX_GROWTH = 1.8
"""Widths of one face in two samples differ by less than this factor."""

MOUTH_SIZE = (32, 16)
"""Width and height in pixels at which two views of a mouth are compared."""


class SampledFrame(NamedTuple):
    """The faces of one sampled frame."""

    time_ms: int
    faces: tuple[FaceSample, ...]


def follow_faces(frames: Sequence[SampledFrame], scenes: SceneList) -> tuple[FaceTrack, ...]:
    """Join the samples of frames (in order of time) into tracks, each inside one scene.

    A face seen in a single sample is dropped as a blip, unless its scene was sampled only
    once. Ordered by scene and first appearance.
    """
    found: list[FaceTrack] = []
    for scene, inside in _by_scene(frames, scenes).items():
        paths = [path for path in _join(inside) if len(path) > 1 or len(inside) == 1]
        shares = _speaking_shares(paths)
        found += [
            FaceTrack(track_id=len(found) + i, scene=scene, samples=tuple(path), speaking=shares[i])
            for i, path in enumerate(paths)
        ]
    return tuple(found)


def mouth_change(before: Picture, now: Picture, box: Box) -> float:
    """How much the lower half of a face changed between two grey pictures of one size, 0…1.

    Brightness and contrast are taken out; 0 is no change, 1 two unlike pictures.
    """
    views = [_mouth(picture, box) for picture in (before, now)]
    if views[0] is None or views[1] is None:
        return 0.0
    return min(1.0, float(np.abs(views[0] - views[1]).mean()) / 2)


def _by_scene(frames: Sequence[SampledFrame], scenes: SceneList) -> dict[int, list[SampledFrame]]:
    starts = [scene.span.start_ms for scene in scenes.scenes]
    grouped: dict[int, list[SampledFrame]] = {}
    for frame in frames:
        grouped.setdefault(max(0, bisect_right(starts, frame.time_ms) - 1), []).append(frame)
    return grouped


def _join(frames: Sequence[SampledFrame]) -> list[list[FaceSample]]:
    """Paths in order of first appearance; each face goes to the nearest open path."""
    paths: list[list[FaceSample]] = []
    for frame in frames:
        open_paths = [p for p in paths if frame.time_ms - p[-1].time_ms <= PATIENCE_MS]
        taken: set[int] = set()
        for _, path, index in _nearest_first(open_paths, frame.faces):
            if index not in taken and path[-1].time_ms < frame.time_ms:
                path.append(frame.faces[index])
                taken.add(index)
        paths += [[face] for index, face in enumerate(frame.faces) if index not in taken]
    return paths


def _nearest_first(
    paths: Sequence[list[FaceSample]], faces: Sequence[FaceSample]
) -> list[tuple[float, list[FaceSample], int]]:
    pairs = (
        (_distance(path[-1].box, face.box), path, index)
        for path in paths
        for index, face in enumerate(faces)
    )
    return sorted((pair for pair in pairs if pair[0] < REACH), key=lambda pair: pair[0])


def _distance(before: Box, now: Box) -> float:
    """Way between the centres in widths of the face; infinite for another size of face.

    Fractions of width and height count alike, which is near enough for half a second.
    """
    if not 1 / MAX_GROWTH < now.width / before.width < MAX_GROWTH:
        return float("inf")
    (x0, y0), (x1, y1) = before.centre, now.centre
    return hypot((x1 - x0) / before.width, (y1 - y0) / before.height)


def _mouth(picture: Picture, box: Box) -> NDArray[np.float32] | None:
    height, width = picture.shape
    rows = slice(
        max(0, round((box.y + box.height / 2) * height)), round((box.y + box.height) * height)
    )
    columns = slice(max(0, round(box.x * width)), round((box.x + box.width) * width))
    lower = picture[rows, columns]
    if min(lower.shape) < 4:
        return None
    view = np.asarray(cv2.resize(lower, MOUTH_SIZE, interpolation=cv2.INTER_AREA), np.float32)
    view -= view.mean()
    view /= max(1.0, float(view.std()))
    return view


def _speaking_shares(paths: Sequence[Sequence[FaceSample]]) -> list[float]:
    """Each path's part of the mouth motion among the paths that it shares time with."""
    return [
        _share(path, [other for other in paths if other is not path and _meet(path, other)])
        for path in paths
    ]


def _share(path: Sequence[FaceSample], others: Sequence[Sequence[FaceSample]]) -> float:
    own = _mean_motion(path)
    total = own + sum(_mean_motion(other) for other in others)
    return own / total if total > 0 else 1 / (1 + len(others))


def _meet(path: Sequence[FaceSample], other: Sequence[FaceSample]) -> bool:
    return path[0].time_ms <= other[-1].time_ms and other[0].time_ms <= path[-1].time_ms


def _mean_motion(path: Sequence[FaceSample]) -> float:
    """The first sample of a path has nothing to differ from."""
    later = path[1:]
    return sum(sample.mouth_motion for sample in later) / len(later) if later else 0.0
