"""Short-time spectra of a sound that arrives in pieces."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

from cliply.domain.audio import HOP_MS
from cliply.media.mono import MONO_RATE

WINDOW = 512
"""Samples of a frame, 32 ms: a syllable's spectrum, and bins 31 Hz apart."""

STEP_MS = 20
STEP = MONO_RATE * STEP_MS // 1000
FRAMES = HOP_MS // STEP_MS
"""Frames in a row of 100 ms."""

BIN_HZ = MONO_RATE / WINDOW

_AT_ONCE = 51_200
"""Samples in one transform, 200 KB: with its result it stays in a core's cache."""


class Spectra:
    """Takes float32 mono at 16 kHz in pieces of any length and gives a magnitude per bin.

    A frame ends where its step does, so that frame n has heard nothing after
    (n + 1) * step; before the first sample lies silence. A full-scale sine has the
    magnitude 0.5 in its bin.
    """

    def __init__(self, window: int = WINDOW, step: int = STEP) -> None:
        self._window, self._step = window, step
        self._taper = np.hanning(window).astype(np.float32) * np.float32(2 / window)
        self._held = np.zeros(window - step, np.float32)
        self._tapered = np.empty((_AT_ONCE // window, window), np.float32)

    def feed(self, samples: np.ndarray) -> np.ndarray:
        """Magnitudes of the frames that are complete, float32 `[frames, window / 2 + 1]`."""
        held = np.concatenate([self._held, samples])
        count = max(0, (len(held) - self._window) // self._step + 1)
        self._held = held[count * self._step :].copy()
        magnitudes = np.empty((count, self._window // 2 + 1), np.float32)
        if not count:
            return magnitudes
        windows = sliding_window_view(held, self._window)[:: self._step]
        for first in range(0, count, len(self._tapered)):
            some = windows[first : first + len(self._tapered)]
            tapered = np.multiply(some, self._taper, out=self._tapered[: len(some)])
            np.abs(fft.rfft(tapered, axis=1), out=magnitudes[first : first + len(some)])
        return magnitudes
