"""The one decode: all that is seen in a source, from a single pass over its video."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cliply.domain.faces import FaceTrackList
from cliply.domain.frames import ScanMode, ScanSettings
from cliply.domain.media import SourceMedia, VideoStream
from cliply.domain.progress import OnProgress, part_of, unwatched
from cliply.domain.scenes import SceneList
from cliply.domain.timing import TimeRange
from cliply.media.acceptance import undecodable
from cliply.media.cuts import rule_name
from cliply.media.decoding import PictureReader, gap_warnings
from cliply.media.faces import FaceDetector
from cliply.media.frame_table import FrameTable
from cliply.media.frames import Picture, as_planar, one_thread
from cliply.media.hud import HudReader
from cliply.media.identities import FaceRecogniser
from cliply.media.looks import LookSeries
from cliply.media.observer import NO_DETECTOR, SAMPLE_INTERVAL_MS, Consumers, Observer
from cliply.media.second_look import doubtful_spans, exact_levels
from cliply.media.source import open_stream

REPORT_INTERVAL_S = 0.25

FIRST_PASS = 0.9
"""Share of a fast scan that is told when only doubtful cuts are left."""


@dataclass(frozen=True)
class Scan:
    """What one pass over the pictures of a source found."""

    scenes: SceneList
    faces: FaceTrackList
    looks: pl.DataFrame
    """Motion, stillness and screen content; columns as in `LOOK_COLUMNS`."""
    thumbnails: tuple[tuple[int, Picture], ...] = ()
    """(time_ms, RGB picture) of at most 40 shots, in order of time."""
    warnings: tuple[str, ...] = ()


def scan(
    path: Path,
    source: SourceMedia,
    *,
    detector: FaceDetector | None,
    recogniser: FaceRecogniser | None = None,
    settings: ScanSettings | None = None,
    frames: FrameTable | None = None,
    hud: HudReader | None = None,
    on_progress: OnProgress = unwatched,
) -> Scan:
    """Decode the video stream that `probe` chose, once, from its first to its last frame.

    Times are source times, boxes lie in the picture as a player shows it. Frames to embed
    go to `frames`, whole frames to `hud`. Without a detector there are no tracks; without
    video nothing at all. Memory does not grow with length but for eight bytes a frame.
    Damaged stretches are skipped and told in `warnings`; raises MediaError when no frame
    can be decoded. In fast mode doubtful cuts are decoded again; the cuts are those of the
    exact mode, unless a flash is shorter than what was left out, and faces, motion and
    looks come of fewer frames.
    """
    if source.video is None:
        return _nothing_to_see(detector, settings or ScanSettings())
    consumers = Consumers(detector, frames, hud, recogniser)
    return _look(path, source.video, settings or ScanSettings(), consumers, on_progress)


def _look(
    path: Path,
    video: VideoStream,
    settings: ScanSettings,
    consumers: Consumers,
    on_progress: OnProgress,
) -> Scan:
    with one_thread(), Observer(video, settings, consumers) as observer:
        seen = _pass(path, video, settings, observer, on_progress)
        found = _conclude(observer, video, seen)
    on_progress(1.0)
    return found


class _Seen(NamedTuple):
    """What is left of the pass besides what the observer keeps."""

    end_ms: int
    gaps: list[TimeRange]


def _pass(
    path: Path,
    video: VideoStream,
    settings: ScanSettings,
    observer: Observer,
    on_progress: OnProgress,
) -> _Seen:
    """Show the observer every frame; decoder and index are gone when it returns."""
    is_fast = settings.mode is ScanMode.fast
    share = FIRST_PASS if is_fast else 1.0
    with open_stream(path, video.index) as container:
        reader = PictureReader(container, video, only_references=is_fast)
        progress = _Progress(video, part_of(on_progress, 0.0, share))
        for time_ms, frame in reader:
            observer.look(time_ms, as_planar(frame))
            progress.reach(time_ms)
    if reader.end_ms is None:
        raise undecodable(path)
    observer.finish()
    if is_fast:
        doubts = part_of(on_progress, share, 1.0)
        keyframes_ms = reader.keyframes_ms
        observer.look_again(_second_look(path, video, settings, observer, keyframes_ms, doubts))
    return _Seen(reader.end_ms, reader.gaps)


def _second_look(
    path: Path,
    video: VideoStream,
    settings: ScanSettings,
    observer: Observer,
    keyframes_ms: Sequence[int],
    on_progress: OnProgress,
) -> Iterator[tuple[TimeRange, list[tuple[int, float]]]]:
    frame_ms = float(1000 / video.frame_rate)
    spans = doubtful_spans(observer.few_frames, frame_ms, settings.cuts)
    for number, found in enumerate(exact_levels(path, video, keyframes_ms, spans)):
        yield found
        on_progress((number + 1) / len(spans))


def _conclude(observer: Observer, video: VideoStream, seen: _Seen) -> Scan:
    """What was found, with the tracks cut at the scenes."""
    end_ms = max(seen.end_ms, video.start_ms + video.duration_ms)
    looks = observer.looks()
    scenes = observer.scenes(end_ms, looks)
    return Scan(
        scenes=scenes,
        faces=observer.faces(scenes),
        looks=looks,
        thumbnails=observer.thumbnails(end_ms),
        warnings=gap_warnings(seen.gaps),
    )


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


def _nothing_to_see(detector: FaceDetector | None, settings: ScanSettings) -> Scan:
    faces = FaceTrackList(
        detector=detector.name if detector else NO_DETECTOR,
        sample_interval_ms=SAMPLE_INTERVAL_MS,
    )
    return Scan(SceneList(detector=rule_name(settings.cuts)), faces, LookSeries().table())
