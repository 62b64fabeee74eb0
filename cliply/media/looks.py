"""The series of looks: motion, stillness and screen content, two rows a second."""

from array import array

import polars as pl

from cliply.domain.frames import LOOK_COLUMNS, LOOK_MS
from cliply.domain.timing import TimeRange

STILL_SHARE = 0.002
"""Share of pixels that move from frame to frame, under which a picture is still."""


class LookSeries:
    """Collects rows while a video passes by; 20 bytes a row."""

    def __init__(self) -> None:
        self._times = array("q")
        self._columns = {name: array("f") for name in LOOK_COLUMNS[1:]}
        self._row_ms: int | None = None
        self._frames = self._still = 0
        self._motion = self._screen = 0.0

    def add(self, time_ms: int, level: float, stir: float) -> None:
        """Take a frame's difference to the one before and its share of moving pixels."""
        row_ms = time_ms // LOOK_MS * LOOK_MS
        if row_ms != self._row_ms:
            self._settle()
            self._row_ms = row_ms
        self._frames += 1
        self._motion += level
        self._still += stir < STILL_SHARE

    def see(self, screen: float) -> None:
        """How much the latest frame looks like a screen; holds until the next is told."""
        self._screen = screen

    def table(self) -> pl.DataFrame:
        """The whole series; columns as in `LOOK_COLUMNS`."""
        self._settle()
        self._row_ms = None
        series = [pl.Series("time_ms", self._times, pl.Int64)]
        series += [pl.Series(name, found, pl.Float32) for name, found in self._columns.items()]
        return pl.DataFrame(series)

    def _settle(self) -> None:
        if self._row_ms is None:
            return
        row = (self._motion / self._frames, self._still / self._frames, self._screen)
        self._times.append(self._row_ms)
        for column, value in zip(self._columns.values(), row, strict=True):
            column.append(value)
        self._frames = self._still = 0
        self._motion = 0.0


def mean_screen(looks: pl.DataFrame, span: TimeRange) -> float:
    """Mean likeness to a screen of the rows that begin in a scene; 0 where none does."""
    rows = looks.filter(pl.col("time_ms").is_between(span.start_ms, span.end_ms, closed="left"))
    mean = rows["screen"].mean()
    return float(mean) if isinstance(mean, float) else 0.0
