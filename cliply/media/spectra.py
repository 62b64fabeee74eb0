"""Short-time spectra of a sound that arrives in pieces."""

from typing import ClassVar

import numpy as np

from cliply.domain.audio import HOP_MS
from cliply.media.mono import MONO_RATE

WINDOW = 512
"""Samples of a frame, 32 ms: a syllable's spectrum, and bins 31 Hz apart."""

STEP_MS = 20
STEP = MONO_RATE * STEP_MS // 1000
FRAMES = HOP_MS // STEP_MS
"""Frames in a row of 100 ms."""

BIN_HZ = MONO_RATE / WINDOW


class Spectra:
    """Takes float32 mono at 16 kHz in pieces of any length and gives a magnitude per bin.

    A frame ends where its step does, so that frame n has heard nothing after
    (n + 1) * step; before the first sample lies silence. A full-scale sine has the
    magnitude 0.5 in its bin.
    """

    def __init__(self) -> None:
        from cliply.media import transform_loops

        self._loops = transform_loops
        self._frames = _Frames(WINDOW, STEP, STEP * transform_loops.FRAMES)
        self._taper = _taper(WINDOW).reshape(-1, 1)
        self._tables = transform_loops.turns(), transform_loops.order()
        self._room = np.empty((2, 2 * WINDOW * transform_loops.LANES), np.float32)

    def feed(self, samples: np.ndarray) -> np.ndarray:
        """Magnitudes of the frames that are complete, float32 `[frames, WINDOW / 2 + 1]`."""
        held, count = self._frames.ready(samples)
        magnitudes = np.empty((count, self._loops.BINS), np.float32)
        self._loops.spectra(held, STEP, self._taper, *self._tables, self._room, magnitudes)
        return magnitudes


class LongSpectra:
    """The same of frames four times as long, every 100 ms, for notes that are held.

    Their bins lie 8 Hz apart; only those below 4 kHz are looked at.
    """

    WINDOW: ClassVar[int] = 4 * WINDOW
    STEP: ClassVar[int] = STEP * FRAMES

    def __init__(self) -> None:
        from cliply.media import transform_loops as loops

        self._loops = loops
        self._frames = _Frames(self.WINDOW, self.STEP, self.STEP * loops.LANES)
        self._taper = _taper(self.WINDOW).reshape(-1, loops.PARTS)
        self._tables = loops.shifts(), loops.turns(), loops.order()
        self._room = np.empty((3, 2 * WINDOW * loops.LANES), np.float32)

    def feed(self, samples: np.ndarray) -> np.ndarray:
        """Magnitudes of the frames that are complete, float32 `[frames, WINDOW / 4]`."""
        held, count = self._frames.ready(samples)
        magnitudes = np.empty((count, self._loops.SIZE), np.float32)
        tables = self._taper, *self._tables
        self._loops.long_spectra(held, self.STEP, *tables, self._room, magnitudes)
        return magnitudes


class _Frames:
    """Keeps what the frames to come still need of the sound, and room for it.

    The room is used again for each piece: memory that is new costs as much as the frames.
    """

    def __init__(self, window: int, step: int, beyond: int) -> None:
        self._window, self._step, self._beyond = window, step, beyond
        self._room = np.zeros(window - step + beyond, np.float32)
        self._first, self._end = 0, window - step

    def ready(self, samples: np.ndarray) -> tuple[np.ndarray, int]:
        """Sound from the first frame's start on, with room beyond it; how many are whole.

        It holds until the next piece comes.
        """
        held = self._room[self._first : self._end].copy()
        end = len(held) + len(samples)
        if end + self._beyond > len(self._room):
            self._room = np.zeros(end + self._beyond, np.float32)
        self._room[: len(held)], self._room[len(held) : end] = held, samples
        count = max(0, (end - self._window) // self._step + 1)
        self._first, self._end = count * self._step, end
        return self._room[: end + self._beyond], count


def _taper(window: int) -> np.ndarray:
    return np.hanning(window).astype(np.float32) * np.float32(2 / window)
