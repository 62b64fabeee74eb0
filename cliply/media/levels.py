"""The level series: how loud a source is, every 100 ms."""

import numpy as np
import polars as pl

from cliply.domain.audio import HOP_MS, LEVEL_COLUMNS
from cliply.media.growing import Growing
from cliply.media.k_weighting import K_RATE, STEP, STEP_MS, KWeighting, Weighting

LEVEL_RATE = K_RATE
"""Samples per second that levels are measured at."""

FINE_MS = STEP_MS
"""Length of one step of the fine power series, from which silences are found."""

FLOOR_DBFS = -120.0
"""Stands for digital silence."""


class LevelMeter:
    """Takes a source's sound block by block and keeps one row per 100 ms.

    Blocks are float32 `[channels, samples]` at `LEVEL_RATE`; their length is a whole
    number of rows, except for the last block. Channels weigh 1 each, which BS.1770 gives
    to left and right: the sound is measured as the stereo mix that clips are made of.
    """

    def __init__(self, weighting: Weighting | None = None) -> None:
        self._weighting = weighting or KWeighting()
        self._channels_agree = True
        self._power = Growing()
        self._k_power = Growing()
        self._peak = Growing()

    def feed(self, block: np.ndarray) -> None:
        samples = self._distinct(np.ascontiguousarray(block, np.float32))
        steps = self._weighting.measured(samples)
        alike = len(block) / len(samples)
        length = samples.shape[1]
        self._power.add(_per_sample(steps.plain, length, 1) / len(samples))
        self._k_power.add(_per_sample(steps.weighted, length, HOP_MS // FINE_MS) * alike)
        self._peak.add(_rows_of(steps.peak).max(axis=(0, 2)))

    def _distinct(self, block: np.ndarray) -> np.ndarray:
        """One channel alone as long as all are the same, as those of most talks are."""
        self._channels_agree = self._channels_agree and bool((block[1:] == block[:1]).all())
        return block[:1] if self._channels_agree else block

    @property
    def fine_power(self) -> np.ndarray:
        """Mean square over all channels for each 10 ms, float32."""
        return self._power.rows

    def table(self, onset: np.ndarray) -> pl.DataFrame:
        """The series as `LEVEL_COLUMNS` say, with the onset of each row beside it."""
        peak = self._peak.rows
        power = _means(self._power.rows, HOP_MS // FINE_MS)
        novelty = np.zeros(len(peak), np.float32)
        novelty[: len(onset)] = onset[: len(peak)]
        series = (
            np.arange(len(peak), dtype=np.int64) * HOP_MS,
            decibels(power).astype(np.float32),
            decibels(np.square(peak)).astype(np.float32),
            self._k_power.rows.astype(np.float64),
            novelty,
        )
        return pl.DataFrame(dict(zip(LEVEL_COLUMNS, series, strict=True)))


def decibels(power: np.ndarray) -> np.ndarray:
    """10 log10 of a power relative to full scale, never below -120."""
    audible = np.maximum(power.astype(np.float64), 10 ** (FLOOR_DBFS / 10))
    return np.asarray(10 * np.log10(audible))


def _rows_of(steps: np.ndarray, size: int = HOP_MS // FINE_MS) -> np.ndarray:
    """`[channels, groups, size]`; zeros fill the last group."""
    missing = -steps.shape[1] % size
    whole = np.pad(steps, ((0, 0), (0, missing))) if missing else steps
    return whole.reshape(len(steps), steps.shape[1] // size + bool(missing), size)


def _per_sample(energy: np.ndarray, length: int, size: int) -> np.ndarray:
    """The mean of each `size` steps of a block so long, the sum over channels, float64."""
    sums = _rows_of(energy, size).sum(axis=(0, 2), dtype=np.float64)
    lengths = np.full(len(sums), size * STEP)
    lengths[-1:] -= -length % (size * STEP)
    return np.asarray(sums / lengths)


def _means(series: np.ndarray, size: int) -> np.ndarray:
    """Mean of each `size` values; the last group may be shorter."""
    starts = np.arange(0, len(series), size)
    if not len(starts):
        return series
    sums: np.ndarray = np.add.reduceat(series, starts, dtype=np.float64)
    return sums / np.minimum(size, len(series) - starts)
