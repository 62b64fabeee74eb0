"""What a sound is like, every 100 ms, for telling laughter, applause, shouts and music."""

from typing import NamedTuple

import numpy as np

from cliply.media.growing import Growing
from cliply.media.mono import MONO_RATE
from cliply.media.repetition import RepetitionMeter
from cliply.media.spectra import BIN_HZ, FRAMES, STEP, WINDOW, LongSpectra
from cliply.media.tonal_lines import LineMeter

ROW = STEP * FRAMES
"""Samples of a row; `TextureMeter` takes whole rows."""

_BANDS = 24
_LOWEST_HZ, _HIGHEST_HZ = 100.0, 7_600.0
_FLAT = np.array([10, 5])
"""First bin and runs of 43 bins over which flatness is taken, 310 Hz to 7 kHz."""

_LONGEST_LAG, _SHORTEST_LAG = 200, 28
"""Of the pitch: 80 to 570 Hz."""

_GRAIN = MONO_RATE * 25 // 10_000
"""Samples of a grain, 2.5 ms: a clap lasts two to ten."""

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
        from cliply.media import texture_loops, transform_loops

        self._loops, self._transforms = texture_loops, transform_loops
        self._tables = transform_loops.turns(), transform_loops.order()
        self._room = np.zeros((2, 2 * WINDOW * transform_loops.LANES), np.float32)
        self._bands, self._window_alike = _mel_bands(), _window_alike()
        self._edges = _edges(self._bands)
        self._repetition = RepetitionMeter()
        self._lines = LineMeter()
        self._long_spectra = LongSpectra()
        self._rows = Growing(5)
        self._last = np.float32(0)

    def feed(self, samples: np.ndarray, magnitudes: np.ndarray) -> None:
        """`magnitudes` are those of the 20 ms frames that `samples` complete."""
        rows = len(magnitudes) // FRAMES
        mean = np.empty((rows, magnitudes.shape[1]), np.float32)
        flatness = np.empty(rows, np.float32)
        bands = np.empty((len(magnitudes), _BANDS), np.float32)
        taken = _FLAT, _QUIET, self._edges, self._bands
        self._loops.spectral(np.ascontiguousarray(magnitudes), *taken, mean, flatness, bands)
        near = flatness, *_pitched(self._alike(mean), mean), _brightness_db(mean)
        self._rows.add(np.stack([*near, self._grain(samples)], axis=1))
        self._repetition.feed(bands)
        self._lines.feed(self._long_spectra.feed(samples))

    def texture(self) -> Texture:
        """All rows so far."""
        near = np.ascontiguousarray(self._rows.rows.T)
        return Texture._make((*near, *self._repetition.rows(), *self._lines.rows()))

    def _alike(self, mean: np.ndarray) -> np.ndarray:
        """Autocorrelation of rows of mean power at the lags of voices, `[rows, lags]`.

        It is divided by that of the window (Boersma 1993), which falls towards long lags.
        """
        found = np.empty((len(mean), _LONGEST_LAG), np.float32)
        self._transforms.alike(mean, *self._tables, self._room, found)
        return np.asarray(found / self._window_alike)

    def _grain(self, samples: np.ndarray) -> np.ndarray:
        energies = np.empty(len(samples) // _GRAIN, np.float32)
        self._loops.grains(np.ascontiguousarray(samples), _GRAIN, self._last, energies)
        self._last = samples[-1]
        power = energies.reshape(-1, ROW // _GRAIN)
        return np.asarray(power.std(axis=1) / (power.mean(axis=1) + _QUIET))


def _pitched(alike: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Harmonicity and pitch of each row, from its autocorrelation `[rows, lags]`.

    Silence has no harmonicity: what little power there is in it is rounding.
    """
    lags = alike[:, _SHORTEST_LAG:]
    best = lags.argmax(axis=1)
    energy = 2 / WINDOW * mean.sum(axis=1)
    height = lags[np.arange(len(lags)), best] * (energy / (energy + _QUIET))
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


def _mel_bands() -> np.ndarray:
    """Triangles evenly spaced on the mel scale, `[bands, bins]`."""
    lowest, highest = (2595 * np.log10(1 + hertz / 700) for hertz in (_LOWEST_HZ, _HIGHEST_HZ))
    mel = np.linspace(lowest, highest, _BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    hertz = np.arange(WINDOW // 2 + 1)[:, None] * BIN_HZ
    rising = (hertz - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - hertz) / np.diff(edges)[1:]
    return np.ascontiguousarray(np.maximum(0, np.minimum(rising, falling)).T, np.float32)


def _edges(bands: np.ndarray) -> np.ndarray:
    """Of each band the first bin with a share in it and the first beyond, `[bands, 2]`."""
    inside = [np.flatnonzero(band) for band in bands]
    return np.array([[bins[0], bins[-1] + 1] for bins in inside])
