"""Everything that looks at each frame of the one decode."""

from array import array
from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple, Self

import polars as pl
from av.video.frame import VideoFrame

from cliply.domain.faces import FaceTrackList
from cliply.domain.frames import ScanMode, ScanSettings
from cliply.domain.media import VideoStream
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timing import TimeRange
from cliply.media.cuts import Cut, CutFinder, scenes_between
from cliply.media.faces import FaceDetector
from cliply.media.frame_sampling import FrameSampler
from cliply.media.frame_table import FrameTable
from cliply.media.frames import Picture, fitted, small_grey, upright
from cliply.media.hud import HudFeed, HudMeter, HudReader, HudStretch, mean_likelihood
from cliply.media.identities import FaceRecogniser
from cliply.media.looks import LookSeries, mean_screen
from cliply.media.motion import MotionMeter
from cliply.media.sampling import FaceSampler
from cliply.media.screen_content import screen_likeness
from cliply.media.second_look import DARK_LEVEL, FewFrames
from cliply.media.small_frames import Shrinker
from cliply.media.thumbnails import Thumbnails
from cliply.media.tracks import follow_faces

SAMPLE_INTERVAL_MS = 500
FACE_LONG_SIDE_PX = 640
NO_DETECTOR = "none"


class Consumers(NamedTuple):
    """Who is given pictures besides what every scan looks for."""

    detector: FaceDetector | None = None
    frames: FrameTable | None = None
    hud: HudReader | None = None
    recogniser: FaceRecogniser | None = None
    """Who tells faces apart; None goes by their colours."""


class Observer:
    """Sees every decoded frame once, in order; its threads end with the `with` block."""

    def __init__(self, video: VideoStream, settings: ScanSettings, consumers: Consumers) -> None:
        self._video = video
        self._settings = settings
        self._consumers = consumers
        self._grey_size = fitted((video.width, video.height), FACE_LONG_SIDE_PX)
        self._shrinker = Shrinker()
        self._cuts = CutFinder(settings.cuts, video.frame_rate)
        self.motion = MotionMeter(video.rotation, _frame_ms(video, settings.mode))
        self._thumbnails = Thumbnails(video)
        self._looks = LookSeries()
        self._hud = HudMeter()
        self._centre_times_ms = array("I")
        self._centres = array("d")
        self._dark = bytearray()
        self._first_ms: int | None = None
        self._next_sample_ms = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        detector, table, reader, recogniser = self._consumers
        enter, video = self._stack.enter_context, self._video
        self._faces = enter(FaceSampler(detector, recogniser)) if detector else None
        self._frames = enter(FrameSampler(video, table)) if table else None
        self._reading = enter(HudFeed(reader, video.rotation)) if reader else None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def look(self, time_ms: int, frame: VideoFrame) -> None:
        """Take the next planar frame."""
        if self._first_ms is None:
            self._first_ms = time_ms
        small = self._shrinker.shrink(frame)
        is_new_shot = self._cuts.feed(time_ms, self.motion.feed(time_ms, small))
        if is_new_shot:
            self._begin_shot(time_ms)
        if self._settings.mode is ScanMode.fast:
            self._dark.append(self.motion.brightness < DARK_LEVEL)
        self._thumbnails.offer(time_ms, small)
        self._looks.add(time_ms, self.motion.step, self.motion.stir)
        if is_new_shot or time_ms >= self._next_sample_ms:
            self._sample(time_ms, frame, small, is_new_shot)
        elif self._faces is not None and self._faces.wants_second(time_ms):
            self._faces.add_second(self._grey(frame))
        self._hand_on(time_ms, frame, is_new_shot)

    def _begin_shot(self, time_ms: int) -> None:
        self.motion.begin_shot()
        self._thumbnails.begin_shot(time_ms)
        self._hud.begin_shot(time_ms)

    def _sample(self, time_ms: int, frame: VideoFrame, small: Picture, is_new_shot: bool) -> None:
        grid_ms = (time_ms // SAMPLE_INTERVAL_MS + 1) * SAMPLE_INTERVAL_MS
        is_close = grid_ms - time_ms < SAMPLE_INTERVAL_MS // 2
        self._next_sample_ms = grid_ms + SAMPLE_INTERVAL_MS * is_close
        centre = self.motion.take_centre()
        if centre is not None:
            self._centre_times_ms.append(time_ms)
            self._centres.append(centre)
        grey = self._grey(frame)
        self._looks.see(screen_likeness(grey))
        self._hud.add(time_ms, grey)
        if self._faces is not None:
            colour = upright(small, self._video.rotation)
            self._faces.add(time_ms, grey, is_new_shot=is_new_shot, colour=colour)

    def _grey(self, frame: VideoFrame) -> Picture:
        return small_grey(frame, self._grey_size, self._video.rotation)

    def _hand_on(self, time_ms: int, frame: VideoFrame, is_new_shot: bool) -> None:
        pace, stir = self.motion.pace, self.motion.stir
        if self._frames is not None:
            self._frames.offer(time_ms, frame, pace=pace, stir=stir, is_new_shot=is_new_shot)
        if self._reading is not None:
            self._reading.offer(time_ms, frame)

    def finish(self) -> None:
        """Wait for the threads; raises what they raised."""
        for feed in (self._frames, self._reading):
            if feed is not None:
                feed.finish()

    @property
    def few_frames(self) -> FewFrames:
        """The frames of a fast pass."""
        return FewFrames(self.motion.times_ms, self.motion.levels, self._dark)

    def look_again(self, exact: Iterable[tuple[TimeRange, list[tuple[int, float]]]]) -> None:
        """Take exact differences in the place of those across left-out frames; decide anew."""
        for span, levels in exact:
            if levels:
                self.motion.replace(span, levels)
        self._cuts = CutFinder(self._settings.cuts, self._video.frame_rate)
        for time_ms, level in self.motion.series:
            self._cuts.feed(time_ms, level)

    def scenes(self, end_ms: int, looks: pl.DataFrame) -> SceneList:
        """The shots up to the end, with what they look like."""
        span = TimeRange(start_ms=self._first_ms or 0, end_ms=end_ms)
        cuts: list[Cut] = self._cuts.cuts()
        found = scenes_between(cuts, span, self.motion, self._settings.cuts)
        stretches = self._hud.finish(end_ms)
        scenes = tuple(_described(scene, looks, stretches) for scene in found.scenes)
        return found.model_copy(update={"scenes": scenes})

    def looks(self) -> pl.DataFrame:
        """The series of looks; columns as in `LOOK_COLUMNS`."""
        return self._looks.table()

    def faces(self, scenes: SceneList) -> FaceTrackList:
        """Faces followed within the scenes."""
        detector = self._consumers.detector
        sampled = self._faces.finish() if self._faces else []
        return FaceTrackList(
            tracks=follow_faces(sampled, scenes, self._consumers.recogniser),
            detector=detector.name if detector else NO_DETECTOR,
            sample_interval_ms=SAMPLE_INTERVAL_MS,
            motion_centres=tuple(zip(self._centre_times_ms, self._centres, strict=True)),
        )

    def thumbnails(self, end_ms: int) -> tuple[tuple[int, Picture], ...]:
        """(time_ms, RGB picture) of at most 40 shots, in order of time."""
        return self._thumbnails.finish(end_ms)


def _frame_ms(video: VideoStream, mode: ScanMode) -> float | None:
    return float(1000 / video.frame_rate) if mode is ScanMode.fast else None


def _described(scene: Scene, looks: pl.DataFrame, stretches: tuple[HudStretch, ...]) -> Scene:
    told = {
        "screen": mean_screen(looks, scene.span),
        "hud": mean_likelihood(stretches, scene.span),
    }
    return scene.model_copy(update=told)
