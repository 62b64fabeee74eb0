"""Hears whether a sound says the same syllable again and again, as laughter does."""

import numpy as np

from cliply.media.spectra import FRAMES

_SPAN = 80
"""Frames that are looked at together, 1.6 s: a bout of laughter has five to ten syllables."""

_FASTEST, _SLOWEST = 7, 12
"""Frames from syllable to syllable: 140 to 240 ms, 7 to 4 a second. Laughter has 4 to 6 (Provine
2000; Bachorowski et al. 2001); stressed syllables of speech repeat every 260 ms and more."""

_LAGS = 2 * _SLOWEST + 1
_HELD = _SPAN + _LAGS - 1
_ROW = 20
"""Frames in one product: so few that BLAS starts no threads."""

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
        self._held: np.ndarray | None = None
        self._repetition: list[np.ndarray] = []
        self._ripple: list[np.ndarray] = []

    def feed(self, bands: np.ndarray) -> None:
        """Power `[frames, bands]`, whole rows of frames."""
        level = np.power(bands, _COMPRESSION)
        if self._held is None:
            self._held = np.repeat(level[:1], _HELD, axis=0)
        joined = np.concatenate([self._held, level])
        self._held = joined[-_HELD:]
        level = joined[FRAMES:]
        loudness = level.mean(axis=1, keepdims=True)
        products, shares = _lagged_products(level), _lagged_products(loudness) * level.shape[1]
        whole = _correlation(products, level)
        shape = _correlation(products - shares, level - loudness)
        self._repetition.append(_repetition(whole, shape))
        self._ripple.append(_spread(loudness))

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Ripple and repetition of the span round each row."""
        late = _HELD // 2 // FRAMES
        return _earlier(self._ripple, late), _earlier(self._repetition, late)


def _correlation(products: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Autocorrelation `[rows, lags]` of the span that ends `_LAGS` frames before each row."""
    sums, means = _sums(products), _sums(level) / _SPAN
    starts = np.arange(0, len(sums), FRAMES)
    later = starts[:, None] + np.arange(_LAGS)
    energy = _sums(np.vecdot(level, level)[:, None])[:, 0] - _SPAN * np.vecdot(means, means)
    cross = sums[starts] - _SPAN * np.vecdot(means[starts, None], means[later])
    return np.asarray(cross / np.sqrt(np.maximum(energy[starts, None] * energy[later], 1e-9)))


def _spread(loudness: np.ndarray) -> np.ndarray:
    """Standard deviation of the same spans over their mean."""
    mean = _sums(loudness)[: -_LAGS + 1 : FRAMES, 0] / _SPAN
    square = _sums(loudness**2)[: -_LAGS + 1 : FRAMES, 0] / _SPAN
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    return np.asarray(deviation / (mean + 1e-6), np.float32)


def _lagged_products(level: np.ndarray) -> np.ndarray:
    """Products of each frame with itself and those up to 24 later, `[frames - 24, lags]`."""
    count = len(level) - _LAGS + 1
    missing = -count % _ROW
    padded = np.pad(level, ((0, missing), (0, 0))).astype(np.float64)
    later = np.lib.stride_tricks.sliding_window_view(padded, _ROW + _LAGS - 1, axis=0)[::_ROW]
    near = padded[: count + missing].reshape(-1, _ROW, level.shape[1])
    square = np.ascontiguousarray(near @ later)
    block, row, column = square.strides
    shape, strides = (len(square), _ROW, _LAGS), (block, row + column, column)
    diagonals = np.lib.stride_tricks.as_strided(square, shape, strides)
    return np.asarray(diagonals.reshape(-1, _LAGS)[:count])


def _sums(series: np.ndarray) -> np.ndarray:
    """Sums of `_SPAN` frames from each frame on, float64."""
    total = np.cumsum(series, axis=0, dtype=np.float64)
    total = np.concatenate([np.zeros((1, total.shape[1])), total])
    return np.asarray(total[_SPAN:] - total[:-_SPAN])


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


def _earlier(parts: list[np.ndarray], rows: int) -> np.ndarray:
    """The series moved to the middle of what it was measured over; its last value stays."""
    series = np.concatenate([np.zeros(0, np.float32), *parts])
    return np.concatenate([series[rows:], np.repeat(series[-1:], min(rows, len(series)))])
