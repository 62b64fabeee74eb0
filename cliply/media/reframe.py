"""Where the output frame looks: a camera operator who knows what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cliply.domain.faces import FaceTrack, FaceTrackList
from cliply.domain.framing import AspectRatio, CropPath, CropPoint, Framing, Layout
from cliply.domain.media import SourceMedia, VideoStream
from cliply.domain.scenes import SceneList
from cliply.domain.timing import TimeRange

GRID_MS = 100
"""Distance of two points on the path before it is thinned out."""

MEDIAN_MS = 2100
"""A false detection in 2 fps samples, 1 s wide once interpolated, is under half of this."""

HANN_MS = 1500
"""A pan starts and ends this softly; the window is symmetric, so the path does not lag."""

DEAD_ZONE = 0.05
"""Movement below this part of the picture's width is not followed …"""

DEAD_ZONE_OF_WINDOW = 0.1
"""… nor below this part of the window's; the smaller one counts."""

HEAD_ROOM = 0.4
"""Height of a face's centre in a window lower than the picture."""

HANDOVER_MS = 1500
"""Another face takes over where the followed one is away, when it stays at least this long."""

SPEAKING_LEAD = 0.2
"""How much likelier than the largest face another one must be to speak to be followed."""

STILL_MOTION = 0.5
"""Mean difference of frames, in HSV levels, under which a shot is a still or a slide."""

MOST_UPSCALING = 6.0
"""A window is not enlarged further; 640x360 to 1080x1920 is 5.3."""

SAME_SHAPE = 0.02
"""A picture whose shape differs less than this from the output's is shown whole."""


@dataclass(frozen=True)
class Window:
    """The crop window, in display pixels of the source."""

    width_px: int
    height_px: int
    width: float
    """As a part of the picture."""
    height: float
    upscaling: float

    @property
    def is_whole(self) -> bool:
        return min(self.width, self.height) > 1 - SAME_SHAPE


@dataclass(frozen=True)
class Target:
    """What to look at during one shot: samples of its centre in source time."""

    followed: str
    times_ms: tuple[int, ...] = (0,)
    x: tuple[float, ...] = (0.5,)
    y: tuple[float, ...] = (0.5,)


@dataclass(frozen=True)
class Shot:
    """The part of a scene that lies in the clip."""

    scene: int
    span: TimeRange


def reframe(
    span: TimeRange,
    source: SourceMedia,
    aspect: AspectRatio,
    scenes: SceneList,
    faces: FaceTrackList,
) -> Framing:
    """The layout of a clip and, where it shows a part of the picture, its crop path.

    Follows the face that speaks or else the largest, one per shot; movement where there is
    no face; the middle where there is none. The path jumps at cuts and nowhere else.
    """
    video = source.video
    if video is None:
        return _whole(span, Layout.waveform, "The source has no picture: its sound is drawn.")
    if 2 * _picture_span(video).overlap_ms(span) < span.duration_ms:
        return _whole(span, Layout.waveform, "There is no picture here: the sound is drawn.")
    window = crop_window(video, aspect)
    shots = _shots(span, scenes)
    targets = [_target(shot, faces) for shot in shots]
    refusal = _why_not_crop(window, video, targets, _motion(shots, scenes))
    if refusal:
        return _whole(span, Layout.fit, refusal)
    path = _crop_path(window, shots, targets)
    return Framing(span=span, layout=Layout.crop, path=path, reason=_reason(window, path))


def crop_window(video: VideoStream, aspect: AspectRatio) -> Window:
    """The largest window of the output's shape, with even sides (4:2:0 needs them)."""
    out_width, out_height = aspect.size_px
    scale = min(video.width / out_width, video.height / out_height)
    width = max(2, round(out_width * scale) // 2 * 2)
    height = max(2, round(out_height * scale) // 2 * 2)
    return Window(
        width_px=width,
        height_px=height,
        width=min(1.0, width / video.width),
        height=min(1.0, height / video.height),
        upscaling=out_width / width,
    )


def _whole(span: TimeRange, layout: Layout, reason: str) -> Framing:
    return Framing(span=span, layout=layout, reason=reason)


def _picture_span(video: VideoStream) -> TimeRange:
    return TimeRange(start_ms=video.start_ms, end_ms=video.start_ms + video.duration_ms)


def _shots(span: TimeRange, scenes: SceneList) -> list[Shot]:
    """The clip's shots without gaps; the first and last reach to the clip's ends."""
    inside = [number for number, scene in enumerate(scenes.scenes) if scene.span.overlaps(span)]
    if not inside:
        return [Shot(scene=-1, span=span)]
    starts = [scenes.scenes[number].span.start_ms for number in inside[1:]]
    edges = [span.start_ms, *starts, span.end_ms]
    return [
        Shot(scene=number, span=TimeRange(start_ms=start, end_ms=end))
        for number, (start, end) in zip(inside, pairwise(edges), strict=True)
    ]


def _motion(shots: Sequence[Shot], scenes: SceneList) -> float | None:
    """Mean motion over the clip; None when nobody looked."""
    known = [shot for shot in shots if shot.scene >= 0]
    if not known:
        return None
    weighted = sum(scenes.scenes[shot.scene].motion * shot.span.duration_ms for shot in known)
    return weighted / sum(shot.span.duration_ms for shot in known)


def _why_not_crop(
    window: Window, video: VideoStream, targets: Sequence[Target], motion: float | None
) -> str | None:
    if window.is_whole:
        return None
    size = f"{video.width}x{video.height}"
    if window.upscaling > MOST_UPSCALING:
        return (
            f"A window cut from {size} would be enlarged {window.upscaling:.1f} times: "
            "the whole picture is shown."
        )
    no_face = all(target.followed != "face" for target in targets)
    if no_face and motion is not None and motion < STILL_MOTION:
        return "No face is in sight and nothing moves: the whole picture is shown."
    return None


def _target(shot: Shot, faces: FaceTrackList) -> Target:
    tracks = [
        track
        for track in faces.tracks
        if track.scene == shot.scene and track.samples and track.span.overlaps(shot.span)
    ]
    if tracks:
        return _face_target(_ranked(tracks))
    centres = [(t, x) for t, x in faces.motion_centres if shot.span.contains(t)]
    if not centres:
        return Target("centre")
    times, x = zip(*centres, strict=True)
    return Target("motion", times, x, (0.5,) * len(x))


def _ranked(tracks: Sequence[FaceTrack]) -> list[FaceTrack]:
    """Largest first, but a face that clearly speaks before all others."""
    ranked = sorted(tracks, key=_presence, reverse=True)
    speaker = max(ranked, key=lambda track: track.speaking)
    if speaker.speaking >= 0.5 and speaker.speaking - ranked[0].speaking >= SPEAKING_LEAD:
        ranked.remove(speaker)
        ranked.insert(0, speaker)
    return ranked


def _presence(track: FaceTrack) -> float:
    """Area of a face summed over the frames it was seen in."""
    return sum(sample.box.area for sample in track.samples)


def _face_target(ranked: Sequence[FaceTrack]) -> Target:
    """The first track, and where it is not there the next one that is."""
    taken: list[TimeRange] = []
    centres: dict[int, tuple[float, float]] = {}
    for track in ranked:
        too_short = taken and track.span.duration_ms < HANDOVER_MS
        if too_short or any(track.span.overlaps(other) for other in taken):
            continue
        taken.append(track.span)
        centres.update({sample.time_ms: sample.box.centre for sample in track.samples})
    times = tuple(sorted(centres))
    return Target(
        "face", times, tuple(centres[t][0] for t in times), tuple(centres[t][1] for t in times)
    )


def _crop_path(window: Window, shots: Sequence[Shot], targets: Sequence[Target]) -> CropPath:
    points: list[CropPoint] = []
    for shot, target in zip(shots, targets, strict=True):
        points += _thinned(_shot_points(shot.span, target, window))
    return CropPath(
        width_px=window.width_px,
        height_px=window.height_px,
        points=tuple(points),
        jumps_ms=tuple(shot.span.start_ms for shot in shots[1:]),
        followed=_followed(window, targets),
    )


def _followed(window: Window, targets: Sequence[Target]) -> str:
    kinds = {target.followed for target in targets}
    if window.is_whole:
        return "centre"
    return next((kind for kind in ("face", "motion") if kind in kinds), "centre")


def _shot_points(span: TimeRange, target: Target, window: Window) -> list[CropPoint]:
    """The centre every `GRID_MS` of a shot, inside the picture, from its first millisecond."""
    times = np.arange(span.start_ms, span.end_ms, GRID_MS)
    x = np.interp(times, target.times_ms, target.x)
    y = np.interp(times, target.times_ms, target.y)
    if target.followed == "face":
        y += (0.5 - HEAD_ROOM) * window.height
    x = _inside(_smooth(x, min(DEAD_ZONE, DEAD_ZONE_OF_WINDOW * window.width)), window.width)
    y = _inside(_smooth(y, min(DEAD_ZONE, DEAD_ZONE_OF_WINDOW * window.height)), window.height)
    return [
        CropPoint(time_ms=int(t), x=round(float(cx), 4), y=round(float(cy), 4))
        for t, cx, cy in zip(times, x, y, strict=True)
    ]


def _smooth(centre: np.ndarray, dead_zone: float) -> np.ndarray:
    """Median, dead zone and Hann window; without delay, because what comes next is known."""
    steady = _held(_median(centre, MEDIAN_MS // GRID_MS), dead_zone)
    size = HANN_MS // GRID_MS
    window = np.hanning(size + 2)[1:-1]
    return np.asarray(np.convolve(_padded(steady, size), window / window.sum(), mode="valid"))


def _median(centre: np.ndarray, size: int) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(_padded(centre, size), size)
    return np.asarray(np.median(windows, axis=1))


def _padded(centre: np.ndarray, size: int) -> np.ndarray:
    """Room for a window of odd `size` on either side, so that none of the series is lost."""
    return np.asarray(np.pad(centre, size // 2, mode="edge"))


def _held(centre: np.ndarray, dead_zone: float) -> np.ndarray:
    """The camera stays until its subject leaves the dead zone, then keeps it at its edge.

    A subject that never goes that far from its usual place is looked at from there.
    """
    usual = float(np.median(centre))
    if np.abs(centre - usual).max(initial=0.0) <= dead_zone:
        return np.full_like(centre, usual)
    held = np.empty_like(centre)
    position = float(centre[0])
    for index, target in enumerate(centre):
        position = min(max(position, target - dead_zone), target + dead_zone)
        held[index] = position
    return held


def _inside(centre: np.ndarray, size: float) -> np.ndarray:
    return np.asarray(np.clip(centre, size / 2, 1 - size / 2))


def _thinned(points: Sequence[CropPoint]) -> list[CropPoint]:
    """Without the points in the middle of a stretch where nothing moves."""
    kept = [
        here
        for before, here, after in zip(points, points[1:], points[2:], strict=False)
        if not (before.x == here.x == after.x and before.y == here.y == after.y)
    ]
    ends = [points[0], points[-1]] if len(points) > 1 else [points[0]]
    return [ends[0], *kept, *ends[1:]]


def _reason(window: Window, path: CropPath) -> str:
    if window.is_whole:
        return "The picture already has this shape."
    return {
        "face": "The window follows the speaking or largest face.",
        "motion": "No face was found: the window follows what moves.",
    }.get(path.followed, "No face or movement was found: the window stays in the middle.")
