"""Makes the 16 kHz mono that voice and spectra are found in from the sound that levels are."""

import numpy as np
from scipy import signal

from cliply.media.levels import LEVEL_RATE

MONO_RATE = 16_000

_THIRD = LEVEL_RATE // MONO_RATE
_TAPS = 97
"""Of the low-pass: flat to 6.6 kHz, 60 dB down from 8.2 kHz on."""

_REACH = _TAPS // 2
_AT_ONCE = 16
"""Samples that one row of the matrix makes."""

_ROWS = 100
"""Rows in one product, 100 ms: small enough that BLAS starts no threads."""

_ROW = _AT_ONCE * _THIRD
_WIDTH = _ROW - _THIRD + _TAPS
_LEAST = _ROW * (_ROWS - 1) + _WIDTH


class MonoMixer:
    """Takes blocks `[channels, samples]` at 48 kHz and gives their mean at 16 kHz, float32.

    Sample n lies at n / 16,000 s: the filter is symmetric and its delay made up for. It is
    a matrix product, in a quarter of the time of a resampler.
    """

    def __init__(self) -> None:
        self._held = np.zeros(_REACH, np.float32)
        self._matrix = _matrix()
        self._heard = 0
        self._given = 0

    def feed(self, block: np.ndarray) -> np.ndarray:
        """What is ready of the mono sound; a few samples are kept for the next block."""
        self._heard += block.shape[1]
        mixed = block[0] if len(block) == 1 else np.add.reduce(block, axis=0) / len(block)
        return self._mixed(mixed)

    def finish(self) -> np.ndarray:
        """The rest, up to the last sample that came in."""
        rest = -(-self._heard // _THIRD) - self._given
        return self._mixed(np.zeros(_ROWS * _ROW + _WIDTH, np.float32))[:rest]

    def _mixed(self, samples: np.ndarray) -> np.ndarray:
        held = np.concatenate([self._held, samples])
        times = (len(held) - _LEAST) // (_ROW * _ROWS) + 1
        if times <= 0:
            self._held = held
            return np.zeros(0, np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(held, _WIDTH)[::_ROW]
        folded = np.ascontiguousarray(windows[: times * _ROWS]).reshape(times, _ROWS, _WIDTH)
        self._held = held[times * _ROWS * _ROW :].copy()
        self._given += times * _ROWS * _AT_ONCE
        return np.asarray((folded @ self._matrix).reshape(-1))


def _matrix() -> np.ndarray:
    """The low-pass at each of a row's output samples, `[width, 16]`."""
    taps = signal.firwin(_TAPS, 7_400, window=("kaiser", 5.65), fs=LEVEL_RATE)
    matrix = np.zeros((_WIDTH, _AT_ONCE), np.float32)
    for sample in range(_AT_ONCE):
        matrix[sample * _THIRD : sample * _THIRD + _TAPS, sample] = taps
    return matrix
