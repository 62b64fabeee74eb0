"""Sources, scenes and face tracks made up for tests of framing."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from cliply.domain.faces import Box, FaceSample, FaceTrack, FaceTrackList
from cliply.domain.media import SourceMedia, VideoStream
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timing import TimeRange

END_MS = 60_000
HALF_SECONDS = range(0, 10_001, 500)


def source_of(
    width: int = 1920, height: int = 1080, start_ms: int = 0, duration_ms: int = END_MS
) -> SourceMedia:
    """A source of a minute whose picture may be shorter."""
    return SourceMedia(
        container="mov",
        duration_ms=END_MS,
        size_bytes=1,
        bitrate_bps=1,
        video=VideoStream(
            index=0,
            codec="h264",
            width=width,
            height=height,
            coded_width=width,
            coded_height=height,
            frame_rate=Fraction(30),
            pixel_format="yuv420p",
            start_ms=start_ms,
            duration_ms=duration_ms,
        ),
    )


def scenes_at(
    *cuts_ms: int, motion: float | Sequence[float] = 5.0, screen: float = 0.0, hud: float = 0.0
) -> SceneList:
    """Scenes between cuts, all with one motion or each with its own."""
    edges = list(pairwise([0, *cuts_ms, END_MS]))
    motions = [motion] * len(edges) if isinstance(motion, float | int) else motion
    return SceneList(
        detector="test",
        scenes=tuple(
            Scene(span=TimeRange(start_ms=a, end_ms=b), motion=moved, screen=screen, hud=hud)
            for (a, b), moved in zip(edges, motions, strict=True)
        ),
    )


def track(
    x_of: Callable[[int], float] | float,
    times_ms: Iterable[int] = HALF_SECONDS,
    *,
    number: int = 0,
    scene: int = 0,
    y: float = 0.4,
    size: float = 0.1,
    height: float | None = None,
    speaking: float = 0.0,
) -> FaceTrack:
    """A face whose centre is at `x_of(time)`, or stays at a place, seen at the given times."""
    place = x_of if callable(x_of) else lambda _time_ms: x_of
    high = height or size
    return FaceTrack(
        track_id=number,
        scene=scene,
        speaking=speaking,
        samples=tuple(
            FaceSample(
                time_ms=t,
                confidence=1,
                box=Box(x=place(t) - size / 2, y=y - high / 2, width=size, height=high),
            )
            for t in times_ms
        ),
    )


def faces(*tracks: FaceTrack, motion: Sequence[tuple[int, float]] = ()) -> FaceTrackList:
    return FaceTrackList(
        tracks=tracks, detector="test", sample_interval_ms=500, motion_centres=tuple(motion)
    )
