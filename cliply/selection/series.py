"""Sums and extremes over many ranges of one series at once."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class RangeSum:
    """Sums over half-open index ranges, each in constant time."""

    def __init__(self, values: Floats) -> None:
        self._sums = np.concatenate([[0.0], np.cumsum(values)])

    def over(self, first: Ints, end: Ints) -> Floats:
        """0 for an empty range; ranges are clipped to the series."""
        last = len(self._sums) - 1
        sums: Floats = self._sums[np.clip(end, 0, last)] - self._sums[np.clip(first, 0, last)]
        return sums


class RangeMax:
    """Maxima over half-open index ranges, each in constant time.

    A sparse table: row k holds the maxima of all stretches of 2^k values.
    """

    def __init__(self, values: Floats) -> None:
        self._length = len(values)
        self._rows = [values]
        while 2 ** len(self._rows) <= self._length:
            row, step = self._rows[-1], 2 ** (len(self._rows) - 1)
            self._rows.append(np.maximum(row[:-step], row[step:]))

    def over(self, first: Ints, end: Ints) -> Floats:
        """Minus infinity for an empty range; ranges are clipped to the series."""
        first, end = np.clip(first, 0, self._length), np.clip(end, 0, self._length)
        maxima = np.full(len(first), -np.inf)
        level = np.frexp(np.maximum(end - first, 1))[1] - 1
        for k, row in enumerate(self._rows):
            here = (level == k) & (end > first)
            maxima[here] = np.maximum(row[first[here]], row[end[here] - 2**k])
        return maxima


def moving_mean(values: Floats, width: int) -> Floats:
    """Mean of the `width` values around each one, fewer at the ends."""
    kernel = np.ones(width)
    sums: Floats = np.convolve(values, kernel, mode="same")
    counts: Floats = np.convolve(np.ones(len(values)), kernel, mode="same")
    mean: Floats = sums / counts
    return mean


def contrasted(values: Floats) -> Floats:
    """Values of 0…1 with the low ones lower and the high ones higher; 0, 0.5 and 1 stay.

    Four signals that each waver a little must not add up to one that is clearly there. A fifth
    stays as it is, so that small differences still decide where there are no others.
    """
    held = np.clip(values, 0, 1)
    contrast: Floats = 0.2 * held + 0.8 * held * held * (3 - 2 * held)
    return contrast
