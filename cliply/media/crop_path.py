"""The path of a crop window: a camera operator who knows what comes next."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cliply.domain.framing import CropPath, CropPoint, FramedSpan
from cliply.domain.media import VideoStream
from cliply.domain.timing import TimeRange
from cliply.media.windows import Window

GRID_MS = 100
"""Distance of two points on the path before it is thinned out."""

STRAY = 0.08
"""A sample this far (in parts of the picture) from the median of itself and its two
neighbours on either side is a false detection."""

CALM_MS = 700
"""Jitter is taken out of the samples over this long …"""

SOFT_MS = 1500
"""… and a pan starts and ends this softly. Both windows are symmetric: no path lags."""

DEAD_ZONE = 0.05
"""Movement below this part of the picture's width is not followed …"""

DEAD_ZONE_OF_WINDOW = 0.07
"""… nor below this part of the window's; the smaller one counts. On noisy tracks 5 % of the
window has 1.2 times the reversals of 7 %, 10 % is 1.4 points of overlap further off."""

HEAD_ROOM = 0.4
"""Height of a face's centre in a window lower than the picture, unless the face fills it."""

HAIR, CHIN = 0.95, 0.6
"""What of a head lies above and below the centre of its face's box, in heights of the box."""

TIGHT = 0.02
"""Room above the hair, as a part of the window."""


@dataclass(frozen=True)
class Target:
    """What to look at during one shot: samples of its centre in source time."""

    followed: str
    times_ms: tuple[int, ...] = (0,)
    x: tuple[float, ...] = (0.5,)
    y: tuple[float, ...] = (0.5,)
    face_height: float = 0.0
    """As a part of the picture; 0 when nobody knows."""


def crop_path(window: Window, shots: Sequence[tuple[TimeRange, Target]]) -> CropPath:
    """The path of one window through shots in order of time; it jumps where one begins."""
    points = [point for span, target in shots for point in _shot_points(span, target, window)]
    return CropPath(
        width_px=window.width_px,
        height_px=window.height_px,
        points=tuple(points),
        jumps_ms=tuple(span.start_ms for span, _ in shots[1:]),
        followed=_followed(window, [target for _, target in shots]),
    )


def centre_at(path: CropPath, time_ms: float) -> tuple[float, float]:
    """Centre of the window: linear between two points, unless a jump lies between them."""
    after = bisect_right(path.points, time_ms, key=lambda point: point.time_ms)
    here = path.points[max(0, after - 1)]
    if after in (0, len(path.points)):
        return here.x, here.y
    ahead = path.points[after]
    jumps = path.jumps_ms
    if bisect_right(jumps, here.time_ms) != bisect_right(jumps, ahead.time_ms):
        return here.x, here.y
    part = (time_ms - here.time_ms) / (ahead.time_ms - here.time_ms)
    return here.x + (ahead.x - here.x) * part, here.y + (ahead.y - here.y) * part


def window_at(
    framed: FramedSpan, pane: int, source_ms: float, video: VideoStream
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what a pane shows, as fractions of the source picture.

    A layout without panes shows all of it, or nothing.
    """
    if not framed.panes:
        return 0.0, 0.0, 1.0, 1.0
    path = framed.panes[pane].path
    sides = path.width_px / video.width, path.height_px / video.height
    centre = centre_at(path, source_ms)
    left, top = (
        min(max(0.0, at - side / 2), max(0.0, 1 - side))
        for at, side in zip(centre, sides, strict=True)
    )
    return left, top, min(1.0, left + sides[0]), min(1.0, top + sides[1])


def _followed(window: Window, targets: Sequence[Target]) -> str:
    kinds = {target.followed for target in targets}
    if window.is_whole and kinds != {"screen"}:
        return "centre"
    return next((kind for kind in ("given", "face", "motion", "screen") if kind in kinds), "centre")


def _shot_points(span: TimeRange, target: Target, window: Window) -> list[CropPoint]:
    """The centre every `GRID_MS` of a shot, inside the picture, from its first millisecond."""
    times = np.arange(span.start_ms, span.end_ms, GRID_MS)
    kept = _credible(target)
    at = np.array(target.times_ms)[kept]
    x = np.interp(times, at, np.array(target.x)[kept])
    y = np.interp(times, at, np.array(target.y)[kept])
    if target.followed == "face":
        y += (0.5 - head_room(target.face_height / window.height)) * window.height
    points = [
        CropPoint(time_ms=int(t), x=round(float(cx), 4), y=round(float(cy), 4))
        for t, cx, cy in zip(
            times, _filmed(x, window.width), _filmed(y, window.height), strict=True
        )
    ]
    return _thinned(points)


def head_room(face: float) -> float:
    """Height of a face's centre in a window that it is this part as high as.

    A face that fills its window moves down, so that its hair is in the picture, but never
    so far that its chin leaves it.
    """
    return min(max(HEAD_ROOM, HAIR * face + TIGHT), max(HEAD_ROOM, 1 - TIGHT - CHIN * face))


def _credible(target: Target) -> np.ndarray:
    """Which samples are no strays, as booleans."""
    strays = [
        np.abs(np.array(side) - _median_of_five(side)) > STRAY for side in (target.x, target.y)
    ]
    kept = ~(strays[0] | strays[1])
    return kept if kept.any() else np.ones_like(kept)


def _median_of_five(values: Sequence[float]) -> np.ndarray:
    return np.array([np.median(values[max(0, n - 2) : n + 3]) for n in range(len(values))])


def _filmed(centre: np.ndarray, size: float) -> np.ndarray:
    """How an operator who knows what comes follows a centre with a window of that size."""
    dead_zone = min(DEAD_ZONE, DEAD_ZONE_OF_WINDOW * size)
    path = _smooth(_held(_smooth(centre, CALM_MS), dead_zone), SOFT_MS)
    return np.asarray(np.clip(path, size / 2, 1 - size / 2))


def _smooth(centre: np.ndarray, width_ms: int) -> np.ndarray:
    """Mean under a Hann window; the ends are held, so that nothing of the series is lost."""
    size = width_ms // GRID_MS | 1
    window = np.hanning(size + 2)[1:-1]
    padded = np.pad(centre, size // 2, mode="edge")
    return np.asarray(np.convolve(padded, window / window.sum(), mode="valid"))


def _held(centre: np.ndarray, dead_zone: float) -> np.ndarray:
    """The camera stays until its subject leaves the dead zone.

    A subject that never goes that far from its usual place is looked at from there. From
    there on the camera would trail at the zone's edge; seen backwards in time it would lead
    by as much, so the mean of both is neither late nor early.
    """
    usual = float(np.median(centre))
    if np.abs(centre - usual).max(initial=0.0) <= dead_zone:
        return np.full_like(centre, usual)
    ahead = _trailing(centre[::-1], dead_zone)[::-1]
    return np.asarray((_trailing(centre, dead_zone) + ahead) / 2)


def _trailing(centre: np.ndarray, dead_zone: float) -> np.ndarray:
    path = np.empty_like(centre)
    position = float(centre[0])
    for index, subject in enumerate(centre):
        position = min(max(position, subject - dead_zone), subject + dead_zone)
        path[index] = position
    return path


def _thinned(points: Sequence[CropPoint]) -> list[CropPoint]:
    """Without the points in the middle of a stretch where nothing moves."""
    kept = [
        here
        for before, here, after in zip(points, points[1:], points[2:], strict=False)
        if not (before.x == here.x == after.x and before.y == here.y == after.y)
    ]
    ends = [points[0], points[-1]] if len(points) > 1 else [points[0]]
    return [ends[0], *kept, *ends[1:]]
