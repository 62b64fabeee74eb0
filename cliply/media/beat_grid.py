"""Follows the beat of a source's music: how steady it is, and where the beats lie."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft, ndimage, signal

from cliply.domain.audio import BeatGrid
from cliply.domain.timing import TimeRange
from cliply.media import beats
from cliply.media.growing import Growing
from cliply.media.spectra import BIN_HZ, FRAMES, STEP_MS, WINDOW

_PER_S = 1000 // STEP_MS
_SPAN = 8 * _PER_S
"""Frames over which a pulse is looked for: four beats of the slowest tempo, four times."""

_EVERY = _PER_S
_LAGS = np.arange(round(0.3 * _PER_S), _PER_S + 1)
"""From beat to beat, 300 ms to 1 s: 200 to 60 BPM."""

_REACH = 3 * _PER_S + 1
_PADDED = fft.next_fast_len(_SPAN + _REACH, real=True)
"""Long enough that the end of a span does not meet its beginning within the reach."""

_AT_ONCE = 16
"""Spans in one transform; more of them would leave the cache."""

_STEADY = (0.28, 0.5), (0.38, 0.55)
"""Ramps of the pulse in the bass and in all of the spectrum. Speech stays under 0.15 and 0.2,
laughter under 0.3 and 0.35; kicks reach 0.6 to 1, silent-film music 0.4 in all."""

LEAST_PULSE = 0.33
"""Median pulse of a stretch whose beats are worth telling."""

_LONGEST_S = 60
"""Stretches are cut into parts of this length, each with a tempo of its own."""

_LATE_MS = 9
"""What `beats_of` is late by on frames that end where their step does; measured with drum
loops of 70 to 140 BPM, whose beats it then finds within 12 ms."""

_FINER = STEP_MS // beats.STEP_MS


class BeatMeter:
    """Takes magnitudes of 20 ms frames and keeps the flux of the bass and of everything."""

    def __init__(self) -> None:
        from cliply.media import texture_loops

        self._loops = texture_loops
        self._last = np.zeros(WINDOW // 2 + 1, np.float32)
        self._flux = Growing(2)

    def feed(self, magnitudes: np.ndarray) -> None:
        """Rises of log(1 + 100 * magnitude): a quiet onset counts nearly as much as a loud one."""
        flux = np.empty((len(magnitudes), 2), np.float32)
        bass = round(beats.BASS_HZ / BIN_HZ) + 1
        self._loops.flux(np.ascontiguousarray(magnitudes), bass, self._last, flux)
        self._flux.add(flux)

    def onsets(self) -> np.ndarray:
        """The strongest flux in each 100 ms, float32, >= 0; an unfinished row is included."""
        flux = self._flux.rows[:, 1]
        if not len(flux):
            return flux
        return np.asarray(np.maximum.reduceat(flux, np.arange(0, len(flux), FRAMES)))

    def pulse(self) -> np.ndarray:
        """How steadily a beat goes on round each 100 ms, 0…1: 0 for speech, 1 for a drum."""
        flux = self._flux.rows
        rows = -(-len(flux) // FRAMES)
        if len(flux) < _SPAN:
            return np.zeros(rows, np.float32)
        heights = pulse_heights(flux)
        steady = np.max([_ramp(heights[:, band], *_STEADY[band]) for band in (0, 1)], axis=0)
        middles = (np.arange(len(heights)) * _EVERY + _SPAN / 2) / FRAMES
        return np.asarray(np.interp(np.arange(rows) + 0.5, middles, steady), np.float32)

    def grid(self, music: Sequence[TimeRange]) -> BeatGrid | None:
        """Beats within the stretches of music that have a steady one; None when none has."""
        found = [part for span in music for part in self._parts(span)]
        if not found:
            return None
        steps = np.concatenate([np.diff(part) for part in found])
        whole = np.unique(np.concatenate(found))
        return BeatGrid(
            beats_ms=tuple(int(time_ms) for time_ms in whole),
            tempo_bpm=round(60_000 / _usual(steps), 2),
        )

    def _parts(self, span: TimeRange) -> list[np.ndarray]:
        flux = self._flux.rows
        ends = np.arange(span.start_ms, span.end_ms, _LONGEST_S * 1000).tolist()
        parts = []
        for first_ms, last_ms in zip(ends, [*ends[1:], span.end_ms], strict=True):
            stretch = flux[first_ms // STEP_MS : last_ms // STEP_MS]
            if _is_steady(stretch):
                parts.append(_beats(stretch) + first_ms // STEP_MS * STEP_MS)
        return [part for part in parts if len(part) > 2]


def pulse_heights(flux: np.ndarray) -> np.ndarray:
    """For each second's span how alike the flux is to itself one, two and three beats later.

    `[spans, 2]`, 0…1: of the bass and of everything.
    """
    spans = sliding_window_view(flux, _SPAN, axis=0)[::_EVERY]
    parts = [_alike(spans[first : first + _AT_ONCE]) for first in range(0, len(spans), _AT_ONCE)]
    return np.concatenate(parts)


def _alike(spans: np.ndarray) -> np.ndarray:
    """The best tempo's height of autocorrelation `[…]` in spans of flux `[…, frames]`."""
    around = ndimage.uniform_filter1d(spans.astype(np.float64), _PER_S // 2, mode="constant")
    stands = np.maximum(spans - around, 0)
    stands -= stands.mean(axis=-1, keepdims=True)
    power = np.abs(fft.rfft(stands, _PADDED)) ** 2
    alike = fft.irfft(power, _PADDED)[..., : _REACH + 1]
    alike = alike / (alike[..., :1] + 1e-9)
    alike *= _SPAN / (_SPAN - np.arange(_REACH + 1))
    near = ndimage.maximum_filter1d(alike, 3)
    heights = np.min([near[..., times * _LAGS] for times in (1, 2, 3)], axis=0)
    return np.asarray(np.clip(heights.max(axis=-1), 0, 1))


def _is_steady(flux: np.ndarray) -> bool:
    if len(flux) < _SPAN:
        return False
    return float(np.median(pulse_heights(flux).max(axis=1))) >= LEAST_PULSE


def _beats(flux: np.ndarray) -> np.ndarray:
    """Beats in ms from the stretch's start, from a flux made four times as fine."""
    padded = np.concatenate([flux, np.repeat(flux[-1:], _PER_S, axis=0)])
    finer = signal.resample_poly(padded, _FINER, 1, axis=0)[: len(flux) * _FINER]
    found = np.array(beats.beats_of(np.maximum(finer, 0)), np.int64)
    return np.maximum(0, found - _LATE_MS)


def _usual(steps_ms: np.ndarray) -> float:
    """Mean of the steps that differ little from their median, which alone knows only 5 ms."""
    median = float(np.median(steps_ms))
    return float(steps_ms[np.abs(steps_ms - median) <= 0.1 * median].mean())


def _ramp(series: np.ndarray, none: float, full: float) -> np.ndarray:
    return np.clip((series - none) / (full - none), 0, 1)
