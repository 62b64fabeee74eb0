"""How much changes from frame to frame, and where."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from cliply.domain.timing import TimeRange
from cliply.media.frames import Picture, brightness_of, difference_of, hsv_of, upright

MOVED_LEVELS = 12
"""Brightness change of a pixel that is movement rather than noise."""

COLUMNS_EVERY = 3
"""Where something moves is looked at in every third frame; that is ten times a second."""

MOVED_SHARE = 0.002
"""Least share of moving pixels, per frame, for which a centre of motion means something."""

JUMP = 27.0
"""A difference from which two pictures are rather two shots than one in motion."""

SMOOTHED_MS = 1_000
"""Time constant of `pace` and `stir`."""


class MotionMeter:
    """Differences of the frames of one video, fed in order of time.

    Memory grows by eight bytes a frame: 3.5 MB for four hours at 30 fps.
    """

    def __init__(self, rotation: int, frame_ms: float | None = None) -> None:
        """With `frame_ms` frames may be missing: a difference counts for all frames it spans."""
        self._rotation = rotation
        self._frame_ms = frame_ms
        self._before: Picture | None = None
        self._columns = np.zeros(0)
        self._frames = 0
        self.times_ms = array("I")
        self.levels = array("f")
        self.step = 0.0
        """The latest difference, per frame that it spans."""
        self.pace = 0.0
        """Recent difference per frame within the shot, in HSV levels."""
        self.stir = 0.0
        """Recent share of pixels that move from frame to frame within the shot, noise left out."""

    def feed(self, time_ms: int, small: Picture) -> float:
        """Take the next small BGR frame; its mean HSV difference to the one before.

        That is PySceneDetect's content score with its default weights. 0 for the first.
        """
        now = hsv_of(small)
        before, self._before = self._before, now
        level = 0.0 if before is None else level_between(before, now)
        self.step = level / self._steps(time_ms - self.times_ms[-1]) if self.times_ms else 0.0
        if before is not None and level < JUMP:
            self._smooth(time_ms, before, now)
        self.times_ms.append(time_ms)
        self.levels.append(level)
        return level

    def _smooth(self, time_ms: int, before: Picture, now: Picture) -> None:
        elapsed_ms = time_ms - self.times_ms[-1]
        weight = elapsed_ms / (SMOOTHED_MS + elapsed_ms)
        self.pace += weight * (self.step - self.pace)
        if len(self.times_ms) % COLUMNS_EVERY == 0:
            difference = difference_of(brightness_of(before), brightness_of(now))
            share = self._count_columns(difference) / self._steps(elapsed_ms)
            self.stir += min(1.0, COLUMNS_EVERY * weight) * (share - self.stir)

    def _steps(self, elapsed_ms: float) -> int:
        return max(1, round(elapsed_ms / self._frame_ms)) if self._frame_ms else 1

    def _count_columns(self, difference: Picture) -> float:
        moved = upright(difference, self._rotation) > MOVED_LEVELS
        columns = moved.mean(axis=0)
        self._columns = columns if self._frames == 0 else self._columns + columns
        self._frames += 1
        return float(columns.mean())

    def begin_shot(self) -> None:
        """Forget what moved in the shot before."""
        self.pace = self.stir = 0.0
        self.take_centre()

    def take_centre(self) -> float | None:
        """Horizontal centre (0…1) of the motion since the last call; None when hardly any."""
        columns, frames = self._columns, self._frames
        self._columns, self._frames = np.zeros(0), 0
        if frames == 0 or columns.mean() / frames < MOVED_SHARE:
            return None
        positions = (np.arange(columns.size) + 0.5) / columns.size
        return float((positions * columns).sum() / columns.sum())

    @property
    def brightness(self) -> float:
        """Mean brightness (0…255) of the latest frame: that of the strongest colour."""
        return 0.0 if self._before is None else float(brightness_of(self._before).mean())

    @property
    def series(self) -> Iterator[tuple[int, float]]:
        """Time of each frame and its difference to the one before."""
        return zip(self.times_ms, self.levels, strict=True)

    def replace(self, span: TimeRange, exact: Sequence[tuple[int, float]]) -> None:
        """Put other (time, level) in the place of those after the span's start, to its end."""
        first = bisect_right(self.times_ms, span.start_ms)
        last = bisect_right(self.times_ms, span.end_ms)
        self.times_ms[first:last] = array("I", [time_ms for time_ms, _ in exact])
        self.levels[first:last] = array("f", [level for _, level in exact])

    def mean_level(self, span: TimeRange) -> float:
        """Mean difference over a shot; its first frame, which differs by the cut, left out."""
        first = bisect_left(self.times_ms, span.start_ms + 1)
        last = bisect_left(self.times_ms, span.end_ms)
        if first >= last:
            return 0.0
        elapsed_ms = self.times_ms[last - 1] - self.times_ms[max(0, first - 1)]
        return sum(self.levels[first:last]) / max(last - first, self._steps(elapsed_ms))


def level_between(before: Picture, now: Picture) -> float:
    """Mean difference of two HSV pictures over all pixels and channels."""
    return cv2.norm(before, now, cv2.NORM_L1) / now.size
