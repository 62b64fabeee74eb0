"""What a sound is like, every 100 ms, for telling laughter, applause, shouts and music."""

from typing import NamedTuple

import numpy as np
from scipy import fft

from cliply.media.mono import MONO_RATE
from cliply.media.repetition import RepetitionMeter
from cliply.media.spectra import BIN_HZ, FRAMES, STEP, WINDOW, Spectra
from cliply.media.tonal_lines import LineMeter

ROW = STEP * FRAMES
"""Samples of a row; `TextureMeter` takes whole rows."""

_BANDS = 24
_LOWEST_HZ, _HIGHEST_HZ = 100.0, 7_600.0
_FLAT = slice(10, 225)
"""Bins from 310 Hz to 7 kHz, over which flatness is taken."""

_LONGEST_LAG, _SHORTEST_LAG = 200, 28
"""Of the pitch: 80 to 570 Hz."""

_GRAIN = MONO_RATE * 25 // 10_000
"""Samples of a grain, 2.5 ms: a clap lasts two to ten."""

_PRODUCT = 40
"""Frames in one product with the bands: so few that BLAS starts no threads."""

_QUIET = np.float32(1e-12)


class Texture(NamedTuple):
    """One float32 array for each quality, a value for each row."""

    flatness: np.ndarray
    """0 for tones … about 0.56 for white noise, from 310 Hz to 7 kHz."""
    harmonicity: np.ndarray
    """Height of the autocorrelation's peak, weighted by power: 0.2 noise … 1 a voice."""
    pitch_hz: np.ndarray
    """Where that peak lies."""
    brightness_db: np.ndarray
    """Power from 1 to 4 kHz over that from 100 Hz to 1 kHz."""
    graininess: np.ndarray
    """Spread of the power of 2.5 ms over its mean, highs only: 0.27 noise, 0.5 applause."""
    ripple: np.ndarray
    """Spread of the mean log level of 1.6 s, nepers: 0.1 noise, 0.3 applause, 1.8 speech."""
    repetition: np.ndarray
    """How alike the syllables of 1.6 s are, 0…1; see `RepetitionMeter`."""
    lines: np.ndarray
    """How much of 2.5 s lies in unmoving lines of the spectrum: 0.2 speech, 0.3…1 music."""
    line_change: np.ndarray
    """How much other those lines are than 2.5 s before, 0…1: hum is 0."""


class TextureMeter:
    """Takes a sound's frames and samples together, whole rows at a time."""

    def __init__(self) -> None:
        self._bands, self._window_alike = _mel_bands(), _window_alike()
        self._repetition = RepetitionMeter()
        self._lines = LineMeter()
        self._line_spectra = Spectra(LineMeter.WINDOW, LineMeter.STEP)
        self._rows: list[np.ndarray] = []
        self._last = np.float32(0)

    def feed(self, samples: np.ndarray, magnitudes: np.ndarray) -> None:
        """`magnitudes` are those of the 20 ms frames that `samples` complete."""
        power = np.square(magnitudes)
        mean = power.reshape(-1, FRAMES, power.shape[1]).mean(axis=1)
        near = _flatness(power), *_pitched(mean, self._window_alike), _brightness_db(mean)
        self._rows.append(np.stack([*near, self._grain(samples)]).astype(np.float32))
        self._repetition.feed(_banded(power, self._bands))
        self._lines.feed(self._line_spectra.feed(samples))

    def texture(self) -> Texture:
        """All rows so far."""
        near = np.concatenate([np.zeros((5, 0), np.float32), *self._rows], axis=1)
        return Texture._make((*near, *self._repetition.rows(), *self._lines.rows()))

    def _grain(self, samples: np.ndarray) -> np.ndarray:
        sharp = np.diff(samples, prepend=self._last)
        self._last = samples[-1]
        grains = sharp.reshape(-1, _GRAIN)
        power = np.vecdot(grains, grains).reshape(-1, ROW // _GRAIN)
        return np.asarray(power.std(axis=1) / (power.mean(axis=1) + _QUIET))


def _flatness(power: np.ndarray) -> np.ndarray:
    """Geometric over arithmetic mean of the bins, the mean of a row's frames."""
    bins = power[:, _FLAT] + _QUIET
    arithmetic = bins.mean(axis=1)
    flat = np.exp(np.log(bins, out=bins).mean(axis=1)) / arithmetic
    return np.asarray(flat.reshape(-1, FRAMES).mean(axis=1))


def _pitched(mean: np.ndarray, window_alike: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Harmonicity and pitch of each row, from the autocorrelation of its mean spectrum.

    It is divided by that of the window (Boersma 1993), which falls towards long lags.
    """
    alike = fft.irfft(mean, WINDOW, axis=1)[:, :_LONGEST_LAG] / window_alike
    lags = alike[:, _SHORTEST_LAG:]
    best = lags.argmax(axis=1)
    height = lags[np.arange(len(lags)), best] / (alike[:, 0] + _QUIET)
    return np.clip(height, 0, 1), MONO_RATE / (best + _SHORTEST_LAG)


def _window_alike() -> np.ndarray:
    taper = np.hanning(WINDOW).astype(np.float32)
    alike = np.correlate(taper, taper, "full")[WINDOW - 1 : WINDOW - 1 + _LONGEST_LAG]
    return np.asarray(alike / alike[0])


def _brightness_db(mean: np.ndarray) -> np.ndarray:
    low, middle, high = (round(hertz / BIN_HZ) for hertz in (100, 1_000, 4_000))
    dull = FRAMES * mean[:, low:middle].sum(axis=1)
    bright = FRAMES * mean[:, middle:high].sum(axis=1)
    return np.asarray(10 * np.log10((bright + _QUIET) / (dull + _QUIET)))


def _banded(power: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """The power in each band, `[frames, bands]`."""
    padded = np.pad(power, ((0, -len(power) % _PRODUCT), (0, 0)))
    products = padded.reshape(-1, _PRODUCT, power.shape[1]) @ bands
    return np.asarray(products.reshape(-1, _BANDS)[: len(power)])


def _mel_bands() -> np.ndarray:
    """Triangles evenly spaced on the mel scale, `[bins, bands]`."""
    lowest, highest = (2595 * np.log10(1 + hertz / 700) for hertz in (_LOWEST_HZ, _HIGHEST_HZ))
    mel = np.linspace(lowest, highest, _BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    hertz = np.arange(WINDOW // 2 + 1)[:, None] * BIN_HZ
    rising = (hertz - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - hertz) / np.diff(edges)[1:]
    return np.asarray(np.maximum(0, np.minimum(rising, falling)), np.float32)
