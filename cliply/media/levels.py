"""The level series: how loud a source is, every 100 ms."""

import numpy as np
import polars as pl

from cliply.domain.audio import HOP_MS, LEVEL_COLUMNS
from cliply.media.k_weighting import K_RATE, KWeighting

LEVEL_RATE = K_RATE
"""Samples per second that levels are measured at."""

FINE_MS = 10
"""Length of one step of the fine power series, from which silences are found."""

FLOOR_DBFS = -120.0
"""Stands for digital silence."""

_ROW = LEVEL_RATE * HOP_MS // 1000
_FINE = LEVEL_RATE * FINE_MS // 1000


class LevelMeter:
    """Takes a source's sound block by block and keeps one row per 100 ms.

    Blocks are float32 `[channels, samples]` at `LEVEL_RATE`; their length is a whole
    number of rows, except for the last block. Channels weigh 1 each, which BS.1770 gives
    to left and right: the sound is measured as the stereo mix that clips are made of.
    """

    def __init__(self) -> None:
        self._weighting = KWeighting()
        self._weighted = np.empty((0, 0), np.float32)
        self._channels_agree = True
        self._power: list[np.ndarray] = []
        self._k_power: list[np.ndarray] = []
        self._peak: list[np.ndarray] = []

    def feed(self, block: np.ndarray) -> None:
        samples = self._distinct(np.ascontiguousarray(block, np.float32))
        self._power.append(_mean_squares(samples, _FINE) / len(samples))
        weighted = _mean_squares(self._weighting.filtered(samples, self._room_for(samples)), _ROW)
        self._k_power.append(weighted * (len(block) / len(samples)))
        folded = _folded(samples, _ROW)
        self._peak.append(np.maximum(folded.max(axis=(0, 2)), -folded.min(axis=(0, 2))))

    def _room_for(self, samples: np.ndarray) -> np.ndarray:
        """Memory for the weighted sound, used again as long as blocks are alike."""
        shape = len(samples), -(-samples.shape[1] // _ROW) * _ROW
        if self._weighted.shape != shape:
            self._weighted = np.empty(shape, np.float32)
        return self._weighted

    def _distinct(self, block: np.ndarray) -> np.ndarray:
        """One channel alone as long as all are the same, as those of most talks are."""
        self._channels_agree = self._channels_agree and bool((block[1:] == block[:1]).all())
        return block[:1] if self._channels_agree else block

    @property
    def fine_power(self) -> np.ndarray:
        """Mean square over all channels for each 10 ms, float32."""
        return _joined(self._power).astype(np.float32)

    def table(self, onset: np.ndarray) -> pl.DataFrame:
        """The series as `LEVEL_COLUMNS` say, with the onset of each row beside it."""
        peak = _joined(self._peak)
        power = _means(_joined(self._power), HOP_MS // FINE_MS)
        novelty = np.zeros(len(peak), np.float32)
        novelty[: len(onset)] = onset[: len(peak)]
        series = (
            np.arange(len(peak), dtype=np.int64) * HOP_MS,
            decibels(power).astype(np.float32),
            decibels(np.square(peak)).astype(np.float32),
            _joined(self._k_power).astype(np.float64),
            novelty,
        )
        return pl.DataFrame(dict(zip(LEVEL_COLUMNS, series, strict=True)))


def decibels(power: np.ndarray) -> np.ndarray:
    """10 log10 of a power relative to full scale, never below -120."""
    audible = np.maximum(power.astype(np.float64), 10 ** (FLOOR_DBFS / 10))
    return np.asarray(10 * np.log10(audible))


def _folded(block: np.ndarray, size: int) -> np.ndarray:
    """`[channels, groups, size]`; zeros fill the last group."""
    missing = -block.shape[1] % size
    whole = np.pad(block, ((0, 0), (0, missing))) if missing else block
    return whole.reshape(block.shape[0], -1, size)


def _mean_squares(block: np.ndarray, size: int) -> np.ndarray:
    """Sum over channels of the mean square of each `size` samples, float64."""
    folded = _folded(block, size)
    lengths = np.full(folded.shape[1], size)
    lengths[-1] -= -block.shape[1] % size
    squares = np.vecdot(folded, folded).sum(axis=0, dtype=np.float64)
    return np.asarray(squares / lengths)


def _means(series: np.ndarray, size: int) -> np.ndarray:
    """Mean of each `size` values; the last group may be shorter."""
    starts = np.arange(0, len(series), size)
    if not len(starts):
        return series
    sums: np.ndarray = np.add.reduceat(series, starts, dtype=np.float64)
    return sums / np.minimum(size, len(series) - starts)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
