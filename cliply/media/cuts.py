"""Cuts and motion, from small colour frames and their times."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np

from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timing import TimeRange
from cliply.media.frames import Picture, difference_of, hsv_of, thinned, upright

THRESHOLD = 27.0
"""HSV difference of neighbouring frames that makes a cut; PySceneDetect's own default."""

MIN_SHOT_S = 0.48
"""Cuts closer than this are one: 15 frames at 30 fps, less one rounding."""

DETECTOR_NAME = f"pyscenedetect content {THRESHOLD:g}"

SETTLED_MS = 2_000
"""So long after the last high score the filter has nothing left to decide."""

MILLISECOND = Fraction(1, 1000)

MOVED_LEVELS = 12
"""Brightness change of a pixel that is movement rather than noise."""

COLUMNS_EVERY = 3
"""Where something moves is looked at in every third frame; that is ten times a second."""

MOVED_SHARE = 0.002
"""Least share of moving pixels, per frame, for which a centre of motion means something."""


class CutDetector:
    """PySceneDetect's content detector: its threshold and its filter against flashes.

    The score of a frame comes from `MotionMeter`, which computes the same number at a
    third of the cost.
    """

    def __init__(self, frame_rate: Fraction) -> None:
        from scenedetect.detector import FlashFilter

        self._filter = FlashFilter(FlashFilter.Mode.MERGE, MIN_SHOT_S)
        self._frame_rate = frame_rate
        self._busy_until_ms = -1
        self._cuts: list[int] = []

    def feed(self, time_ms: int, level: float) -> bool:
        """Take the next frame's difference; whether the frame is the first of a new shot.

        A cut amid flashes is found only later, in `cuts_ms`.
        """
        is_high = level >= THRESHOLD
        if is_high or self._busy_until_ms < 0:
            self._busy_until_ms = time_ms + SETTLED_MS
        return time_ms <= self._busy_until_ms and self._decide(time_ms, is_high)

    def _decide(self, time_ms: int, is_high: bool) -> bool:
        from scenedetect.common import FrameTimecode, Timecode

        moment = FrameTimecode(Timecode(time_ms, MILLISECOND), fps=self._frame_rate)
        found = [cut.pts for cut in self._filter.filter(moment, is_high)]
        self._cuts.extend(found)
        return time_ms in found

    @property
    def cuts_ms(self) -> tuple[int, ...]:
        """Times of the first frame after each cut so far, in order."""
        return tuple(sorted(set(self._cuts)))


class MotionMeter:
    """How much changes from frame to frame, and where.

    Memory grows by eight bytes a frame: 3.5 MB for four hours at 30 fps.
    """

    def __init__(self, rotation: int) -> None:
        self._rotation = rotation
        self._before: Picture | None = None
        self._columns = np.zeros(0)
        self._frames = 0
        self._times = array("I")
        self._levels = array("f")

    def feed(self, time_ms: int, small: Picture) -> float:
        """Take the next small BGR frame; its mean HSV difference to the one before.

        That is PySceneDetect's content score with its default weights. 0 for the first.
        """
        now = hsv_of(small)
        before, self._before = self._before, now
        if before is None:
            return 0.0
        difference = difference_of(before, now)
        level = sum(cv2.mean(difference)[:3]) / 3
        self._times.append(time_ms)
        self._levels.append(level)
        if level < THRESHOLD and len(self._times) % COLUMNS_EVERY == 0:
            self._count_columns(difference)
        return level

    def _count_columns(self, difference: Picture) -> None:
        moved = upright(thinned(difference)[:, :, 2], self._rotation) > MOVED_LEVELS
        columns = moved.mean(axis=0)
        self._columns = columns if self._frames == 0 else self._columns + columns
        self._frames += 1

    def take_centre(self) -> float | None:
        """Horizontal centre (0…1) of the motion since the last call; None when hardly any."""
        columns, frames = self._columns, self._frames
        self._columns, self._frames = np.zeros(0), 0
        if frames == 0 or columns.mean() / frames < MOVED_SHARE:
            return None
        positions = (np.arange(columns.size) + 0.5) / columns.size
        return float((positions * columns).sum() / columns.sum())

    def mean_level(self, span: TimeRange) -> float:
        """Mean difference over a shot; its first frame, which differs by the cut, left out."""
        first = bisect_left(self._times, span.start_ms + 1)
        last = bisect_left(self._times, span.end_ms)
        levels = self._levels[first:last]
        return sum(levels) / len(levels) if levels else 0.0


def scenes_between(cuts_ms: Sequence[int], span: TimeRange, motion: MotionMeter) -> SceneList:
    """The shots of a span; cuts outside of it are ignored."""
    inside = [cut for cut in cuts_ms if span.start_ms < cut < span.end_ms]
    borders = [span.start_ms, *inside, span.end_ms]
    shots = [TimeRange(start_ms=start, end_ms=end) for start, end in pairwise(borders)]
    scenes = tuple(Scene(span=shot, motion=motion.mean_level(shot)) for shot in shots)
    return SceneList(scenes=scenes, detector=DETECTOR_NAME)
