"""The level series: how loud a source is and how it changes, every 100 ms."""

import numpy as np
import polars as pl
from scipy import fft, signal

from cliply.domain.audio import HOP_MS, LEVEL_COLUMNS

LEVEL_RATE = 48_000
"""Samples per second that levels are measured at; the K filter's coefficients hold for it."""

FINE_MS = 10
"""Length of one step of the fine power series, from which silences are found."""

FLOOR_DBFS = -120.0
"""Stands for digital silence."""

ONSET_RATE = 16_000

_HEAD_ZEROS = (1.53512485958697, -2.69169618940638, 1.19839281085285)
_HEAD_POLES = (1.0, -1.69065929318241, 0.73248077421585)
_HIGH_PASS = (1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621)

K_FILTER = np.array([[*_HEAD_ZEROS, *_HEAD_POLES], _HIGH_PASS])
"""Head and high-pass stages as second-order sections: ITU-R BS.1770-4, tables 1 and 2."""

_TREMBLE = 1e-12
"""Far under any sound; keeps the filter out of denormal numbers, eight times as slow."""

_ROW = LEVEL_RATE * HOP_MS // 1000
_FINE = LEVEL_RATE * FINE_MS // 1000
_WINDOW = 512
_STEP = ONSET_RATE * HOP_MS // 1000 // 5
_TAPER = np.hanning(_WINDOW).astype(np.float32)


class LevelMeter:
    """Takes a source's sound block by block and keeps one row per 100 ms.

    Blocks are float32 `[channels, samples]` at `LEVEL_RATE`; their length is a whole
    number of rows, except for the last block. Channels weigh 1 each, which BS.1770 gives
    to left and right: the sound is measured as the stereo mix that clips are made of.
    """

    def __init__(self) -> None:
        self._filter_state: np.ndarray | None = None
        self._power: list[np.ndarray] = []
        self._k_power: list[np.ndarray] = []
        self._peak: list[np.ndarray] = []

    def feed(self, block: np.ndarray) -> None:
        if self._filter_state is None:
            self._filter_state = np.zeros((len(K_FILTER), block.shape[0], 2))
        samples = block.astype(np.float64)
        samples[:, ::2] += _TREMBLE
        weighted, self._filter_state = signal.sosfilt(K_FILTER, samples, zi=self._filter_state)
        self._power.append(_mean_squares(block, _FINE) / block.shape[0])
        self._k_power.append(_mean_squares(weighted, _ROW))
        folded = _folded(block, _ROW)
        self._peak.append(np.maximum(folded.max(axis=(0, 2)), -folded.min(axis=(0, 2))))

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


class OnsetMeter:
    """Spectral flux: how much more there is in the spectrum than a moment before.

    Takes float32 mono samples at 16 kHz in pieces of any length. The spectrum is that of
    32 ms Hann windows every 20 ms, as log(1 + 100 * magnitude), so that a quiet onset
    counts nearly as much as a loud one; rises are summed over frequency, falls left out.
    """

    def __init__(self) -> None:
        self._held = np.zeros(_WINDOW - _STEP, np.float32)
        self._last = np.zeros(_WINDOW // 2 + 1, np.float32)
        self._flux: list[np.ndarray] = []

    def feed(self, samples: np.ndarray) -> None:
        held = np.concatenate([self._held, samples])
        if len(held) < _WINDOW:
            self._held = held
            return
        windows = np.lib.stride_tricks.sliding_window_view(held, _WINDOW)[::_STEP]
        magnitude = np.abs(fft.rfft(windows * _TAPER, axis=1)) * (2 / _WINDOW)
        spectra = np.vstack([self._last, np.log1p(100 * magnitude)])
        self._flux.append(np.maximum(np.diff(spectra, axis=0), 0).mean(axis=1))
        self._last = spectra[-1]
        self._held = held[len(windows) * _STEP :].copy()

    def rows(self) -> np.ndarray:
        """The strongest flux in each 100 ms, float32, >= 0; an unfinished row is included."""
        return _maxima(_joined(self._flux), HOP_MS // 20).astype(np.float32)


def decibels(power: np.ndarray) -> np.ndarray:
    """10 log10 of a power relative to full scale, never below -120."""
    audible = np.maximum(power.astype(np.float64), 10 ** (FLOOR_DBFS / 10))
    return np.asarray(10 * np.log10(audible))


def _folded(block: np.ndarray, size: int) -> np.ndarray:
    """`[channels, groups, size]`; zeros fill the last group."""
    missing = -block.shape[1] % size
    whole = np.pad(block, ((0, 0), (0, missing))) if missing else np.ascontiguousarray(block)
    return whole.reshape(block.shape[0], -1, size)


def _mean_squares(block: np.ndarray, size: int) -> np.ndarray:
    """Sum over channels of the mean square of each `size` samples, float64."""
    folded = _folded(block, size).astype(np.float64, copy=False)
    lengths = np.full(folded.shape[1], size)
    lengths[-1] -= -block.shape[1] % size
    return np.asarray(np.einsum("cgs,cgs->g", folded, folded) / lengths)


def _means(series: np.ndarray, size: int) -> np.ndarray:
    """Mean of each `size` values; the last group may be shorter."""
    starts = np.arange(0, len(series), size)
    if not len(starts):
        return series
    sums: np.ndarray = np.add.reduceat(series, starts, dtype=np.float64)
    return sums / np.minimum(size, len(series) - starts)


def _maxima(series: np.ndarray, size: int) -> np.ndarray:
    """Largest of each `size` values; the last group may be shorter."""
    if not len(series):
        return series
    largest: np.ndarray = np.maximum.reduceat(series, np.arange(0, len(series), size))
    return largest


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
