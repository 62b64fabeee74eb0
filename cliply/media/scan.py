"""The one decode: cuts, faces, motion and thumbnails from a single pass over a video."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from av.video.frame import VideoFrame

from cliply.domain.faces import FaceTrackList
from cliply.domain.media import SourceMedia, VideoStream
from cliply.domain.progress import OnProgress, unwatched
from cliply.domain.scenes import SceneList
from cliply.domain.timing import TimeRange
from cliply.media.acceptance import undecodable
from cliply.media.cuts import DETECTOR_NAME, CutDetector, MotionMeter, scenes_between
from cliply.media.decoding import PictureReader, gap_warnings
from cliply.media.faces import FaceDetector
from cliply.media.frames import (
    Picture,
    as_planar,
    fitted,
    one_thread,
    small_colour,
    small_grey,
)
from cliply.media.sampling import FaceSampler
from cliply.media.source import open_source
from cliply.media.thumbnails import Thumbnails
from cliply.media.tracks import follow_faces

SAMPLE_INTERVAL_MS = 500
FACE_LONG_SIDE_PX = 640
REPORT_INTERVAL_S = 0.25
NO_DETECTOR = "none"


@dataclass(frozen=True)
class Scan:
    """What one pass over the pictures of a source found."""

    scenes: SceneList
    faces: FaceTrackList
    thumbnails: tuple[tuple[int, Picture], ...] = ()
    """(time_ms, RGB picture) of at most 40 shots, in order of time."""
    warnings: tuple[str, ...] = ()


def scan(
    path: Path,
    source: SourceMedia,
    *,
    detector: FaceDetector | None,
    on_progress: OnProgress = unwatched,
) -> Scan:
    """Decode the video stream that `probe` chose, once, from its first to its last frame.

    Times are source times, boxes lie in the picture as a player shows it. Without a
    detector there are no tracks; without video nothing at all. Memory does not grow with
    length but for eight bytes a frame. Damaged stretches are skipped and told in
    `warnings`; raises MediaError when no frame can be decoded.
    """
    if source.video is None:
        return _nothing_to_see(detector)
    with ExitStack() as stack:
        stack.enter_context(one_thread())
        container = stack.enter_context(open_source(path))
        sampler = stack.enter_context(FaceSampler(detector)) if detector else None
        observer = _Observer(source.video, sampler)
        reader = PictureReader(container, source.video)
        progress = _Progress(source.video, on_progress)
        for time_ms, frame in reader:
            observer.look(time_ms, as_planar(frame))
            progress.reach(time_ms)
        if reader.end_ms is None:
            raise undecodable(path)
        found = observer.conclude(reader.end_ms, detector, gap_warnings(reader.gaps))
    on_progress(1.0)
    return found


class _Observer:
    """Everything that looks at each frame of the pass."""

    def __init__(self, video: VideoStream, sampler: FaceSampler | None) -> None:
        self._video = video
        self._sampler = sampler
        self._grey_size = fitted((video.width, video.height), FACE_LONG_SIDE_PX)
        self._cuts = CutDetector(video.frame_rate)
        self._motion = MotionMeter(video.rotation)
        self._thumbnails = Thumbnails(video)
        self._centres: list[tuple[int, float]] = []
        self._first_ms: int | None = None
        self._next_sample_ms = 0

    def look(self, time_ms: int, frame: VideoFrame) -> None:
        """Take the next planar frame."""
        if self._first_ms is None:
            self._first_ms = time_ms
        small = small_colour(frame)
        is_new_shot = self._cuts.feed(time_ms, self._motion.feed(time_ms, small))
        if is_new_shot:
            self._motion.take_centre()
            self._thumbnails.begin_shot(time_ms)
        self._thumbnails.offer(time_ms, small)
        if is_new_shot or time_ms >= self._next_sample_ms:
            self._sample(time_ms, frame, is_new_shot)

    def _sample(self, time_ms: int, frame: VideoFrame, is_new_shot: bool) -> None:
        grid_ms = (time_ms // SAMPLE_INTERVAL_MS + 1) * SAMPLE_INTERVAL_MS
        is_close = grid_ms - time_ms < SAMPLE_INTERVAL_MS // 2
        self._next_sample_ms = grid_ms + SAMPLE_INTERVAL_MS * is_close
        centre = self._motion.take_centre()
        if centre is not None:
            self._centres.append((time_ms, centre))
        if self._sampler is not None:
            grey = small_grey(frame, self._grey_size, self._video.rotation)
            self._sampler.add(time_ms, grey, is_new_shot=is_new_shot)

    def conclude(
        self, end_ms: int, detector: FaceDetector | None, warnings: tuple[str, ...]
    ) -> Scan:
        """What was found, with the tracks cut at the scenes."""
        first_ms = self._first_ms or 0
        end_ms = max(end_ms, self._video.start_ms + self._video.duration_ms)
        span = TimeRange(start_ms=first_ms, end_ms=end_ms)
        scenes = scenes_between(self._cuts.cuts_ms, span, self._motion)
        sampled = self._sampler.finish() if self._sampler else []
        faces = FaceTrackList(
            tracks=follow_faces(sampled, scenes),
            detector=detector.name if detector else NO_DETECTOR,
            sample_interval_ms=SAMPLE_INTERVAL_MS,
            motion_centres=tuple(self._centres),
        )
        return Scan(scenes, faces, self._thumbnails.finish(end_ms), warnings)


class _Progress:
    """Reports the reached share of a stream four times a second."""

    def __init__(self, video: VideoStream, on_progress: OnProgress) -> None:
        self._video = video
        self._on_progress = on_progress
        self._next_s = time.monotonic()

    def reach(self, time_ms: int) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + REPORT_INTERVAL_S
            done = (time_ms - self._video.start_ms) / self._video.duration_ms
            self._on_progress(min(1.0, max(0.0, done)))


def _nothing_to_see(detector: FaceDetector | None) -> Scan:
    faces = FaceTrackList(
        detector=detector.name if detector else NO_DETECTOR,
        sample_interval_ms=SAMPLE_INTERVAL_MS,
    )
    return Scan(SceneList(detector=DETECTOR_NAME), faces)
