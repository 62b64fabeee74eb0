"""Hears notes that are held: unmoving lines in the spectrum, which tell music from speech."""

from typing import ClassVar

import numpy as np
from scipy import ndimage

from cliply.domain.audio import HOP_MS
from cliply.media.mono import MONO_RATE

_FRAME_MS = 100
_FRAMES = HOP_MS // _FRAME_MS
_SPAN = 25
"""Frames that are looked at together, 2.5 s."""

_BINS = slice(10, 512)
"""80 Hz to 4 kHz: fundamental tones and the strong overtones."""

_AROUND = 21
"""Bins, 160 Hz: what a line stands out of."""

_ABOVE_DB = 7.0
_LEAST_DB = -80.0


class LineMeter:
    """Counts for each bin how long it stands out of its surroundings.

    This is the continuous frequency activation of Seyerlehner et al. (2007, Automatic music
    detection in television productions): partials of held notes stay in their bin, those of
    a voice glide. Frames are 128 ms long, so that bins lie 8 Hz apart.
    """

    WINDOW: ClassVar[int] = 2048
    STEP: ClassVar[int] = MONO_RATE * _FRAME_MS // 1000

    def __init__(self) -> None:
        self._held = np.zeros((2 * _SPAN, _BINS.stop - _BINS.start), np.float32)
        self._lines: list[np.ndarray] = []
        self._change: list[np.ndarray] = []

    def feed(self, magnitudes: np.ndarray) -> None:
        """Magnitudes of frames `WINDOW` long, every `STEP`, whole rows of them."""
        level = 20 * np.log10(magnitudes[:, _BINS] + np.float32(1e-6))
        around = ndimage.uniform_filter1d(level, _AROUND, axis=1)
        stands = (level > around + _ABOVE_DB) & (level > _LEAST_DB)
        joined = np.concatenate([self._held, stands.astype(np.float32)])
        self._held = joined[-2 * _SPAN :]
        active = _shares(joined)
        now, before = active[_SPAN // _FRAMES :], active[: -_SPAN // _FRAMES]
        self._lines.append(np.vecdot(now, now) / (now.sum(axis=1) + 1e-6))
        same = np.minimum(now, before).sum(axis=1)
        self._change.append(1 - same / (np.maximum(now, before).sum(axis=1) + 1e-6))

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Lines and their change for each row; the span lies round it."""
        late = _SPAN // _FRAMES // 2
        return _earlier(self._lines, late), _earlier(self._change, late)


def _shares(stands: np.ndarray) -> np.ndarray:
    """Share of the span before each row's end that each bin stands out, `[rows, bins]`."""
    rows = stands.reshape(-1, _FRAMES, stands.shape[1]).sum(axis=1)
    total = np.concatenate([np.zeros((1, rows.shape[1]), np.float32), np.cumsum(rows, axis=0)])
    span = _SPAN // _FRAMES
    return np.asarray((total[span + 1 :] - total[1:-span]) / _SPAN)


def _earlier(parts: list[np.ndarray], rows: int) -> np.ndarray:
    """The series moved to the middle of what it was measured over; its last value stays."""
    series = np.concatenate([np.zeros(0, np.float32), *parts])
    return np.concatenate([series[rows:], np.repeat(series[-1:], min(rows, len(series)))])
