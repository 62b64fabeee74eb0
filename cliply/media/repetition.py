"""Hears whether a sound says the same syllable again and again, as laughter does."""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cliply.media.growing import Growing, earlier
from cliply.media.spectra import FRAMES

_SPAN = 80
"""Frames that are looked at together, 1.6 s: a bout of laughter has five to ten syllables."""

_FASTEST, _SLOWEST = 7, 12
"""Frames from syllable to syllable: 140 to 240 ms, 7 to 4 a second. Laughter has 4 to 6 (Provine
2000; Bachorowski et al. 2001); stressed syllables of speech repeat every 260 ms and more."""

_LAGS = 2 * _SLOWEST + 1
_HELD = _SPAN + _LAGS - 1
_COMPRESSION = np.float32(0.2)
"""Power of the power: 60 dB become a factor of 16. Unlike a logarithm it needs no floor, so that
what is found does not depend on how loud the source is."""


class RepetitionMeter:
    """Compares the spectrum with itself some time later.

    The autocorrelation over time of 24 bands, compressed, is high at the distance of
    syllables that sound the same, and low at half of it, where breath and pauses are; so is
    that of the spectrum's shape alone. Speech changes its syllables and their length: its
    rhythm may repeat for a second, its sounds do not.
    """

    def __init__(self) -> None:
        from cliply.media import texture_loops

        self._loops = texture_loops
        self._held: np.ndarray | None = None
        self._repetition = Growing()
        self._ripple = Growing()

    def feed(self, bands: np.ndarray) -> None:
        """Power `[frames, bands]`, whole rows of frames."""
        level = np.power(bands, _COMPRESSION)
        if self._held is None:
            self._held = np.repeat(level[:1], _HELD, axis=0)
        joined = np.concatenate([self._held, level])
        self._held = joined[-_HELD:]
        level = joined[FRAMES:].astype(np.float64)
        loudness = level.mean(axis=1, keepdims=True)
        whole, evenly = self._moments(level), self._moments(loudness)
        shape = whole.without(evenly, level.shape[1])
        self._repetition.add(_repetition(_correlation(whole), _correlation(shape)))
        self._ripple.add(_spread(loudness))

    def _moments(self, level: np.ndarray) -> "_Moments":
        frames = len(level) - _SPAN + 1
        rows = (frames - _LAGS) // FRAMES + 1
        means, energy, cross = np.empty((frames, level.shape[1])), np.empty(frames), _lags(rows)
        products = _lags(rows + _SPAN // FRAMES - 1)
        self._loops.moments(level, _SPAN, means, energy)
        self._loops.products(level, FRAMES, products)
        self._loops.crossed(products, means, _SPAN, FRAMES, cross)
        return _Moments(cross, energy)

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Ripple and repetition of the span round each row."""
        late = _HELD // 2 // FRAMES
        return earlier(self._ripple.rows, late), earlier(self._repetition.rows, late)


class _Moments(NamedTuple):
    """Of spans of a level, summed over its bands; they begin with each row or each frame."""

    cross: np.ndarray
    """Covariance with the spans 0 to 24 frames later, `[rows, lags]`."""
    energy: np.ndarray
    """Variance, `[frames]`."""

    def without(self, evenly: "_Moments", bands: int) -> "_Moments":
        """What is left without the mean over so many bands, whose own moments are given."""
        return _Moments(self.cross - bands * evenly.cross, self.energy - bands * evenly.energy)


def _lags(rows: int) -> np.ndarray:
    return np.empty((rows, _LAGS))


def _correlation(moments: _Moments) -> np.ndarray:
    """Autocorrelation `[rows, lags]` of the span that ends `_LAGS` frames before each row."""
    later = sliding_window_view(moments.energy, _LAGS)[::FRAMES]
    return np.asarray(moments.cross / np.sqrt(np.maximum(later[:, :1] * later, 1e-9)))


def _spread(loudness: np.ndarray) -> np.ndarray:
    """Standard deviation of the same spans over their mean."""
    mean = _sums(loudness)[: -_LAGS + 1 : FRAMES, 0] / _SPAN
    square = _sums(loudness**2)[: -_LAGS + 1 : FRAMES, 0] / _SPAN
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    return np.asarray(deviation / (mean + 1e-6), np.float32)


def _sums(series: np.ndarray, length: int = _SPAN) -> np.ndarray:
    """Sums of so many values from each on, float64."""
    total = np.zeros((len(series) + 1, *series.shape[1:]))
    np.cumsum(series, axis=0, out=total[1:])
    return np.asarray(total[length:] - total[:-length])


def _repetition(whole: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """How high the best peak at a syllable's distance is over the trough before it, 0…1.

    Two syllables further on it has to be nearly as high, and the shape as much alike.
    """
    lags = np.arange(_FASTEST, _SLOWEST + 1)
    here = whole[:, lags]
    peak = (here >= whole[:, lags - 1]) & (here >= whole[:, lags + 1])
    rise = np.minimum(here, whole[:, 2 * lags] + 0.05) - np.maximum(0, whole[:, lags // 2])
    height = np.min([rise, here, shape[:, lags]], axis=0)
    best = np.where(peak, height, 0).max(axis=1)
    return np.asarray(np.clip(best, 0, 1), np.float32)
