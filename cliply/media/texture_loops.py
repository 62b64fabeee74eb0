"""Loops over the spectra of a sound for what it is like, compiled by numba.

Sums of logarithms are taken as logarithms of products, of which a double holds some fifty:
one logarithm for each product in place of one for each number.
"""

import math

import numpy as np

from cliply.media.compiled import compiled

RUN = 64
"""Ratios of loudness in one product: even the loudest click rises less than 40,000-fold."""

FLAT_RUN = 43
"""Powers in one product, each between 1e-6 and ten million."""

_SCALE = 1e6
"""What powers are multiplied by first, so that the quietest stay above the least double."""


def _rise(now, before, first, last):  # type: ignore[no-untyped-def]
    """Sum of the rises of log(1 + 100 * magnitude) over the bins from `first` to `last`."""
    one, hundred = np.float32(1), np.float32(100)
    total = 0.0
    for start in range(first, last, RUN):
        product = 1.0
        louder, softer = now[start : min(last, start + RUN)], before[start:]
        for at in range(louder.size):
            ratio = (one + hundred * louder[at]) / (one + hundred * softer[at])
            product *= np.float64(max(ratio, one))
        total += math.log(product)
    return total


def _flux(magnitudes, bass, last, found):  # type: ignore[no-untyped-def]
    """Mean rise in the bins from 1 to `bass`, and in all, of each frame over the one before.

    Magnitudes are float32 `[frames, bins]`; `last` is the frame before them and then the last
    of them; `found` float32 `[frames, 2]`.
    """
    bins = magnitudes.shape[1]
    for frame in range(magnitudes.shape[0]):
        now = magnitudes[frame]
        found[frame, 0] = rise(now, last, 1, bass) / (bass - 1)
        found[frame, 1] = rise(now, last, 0, bins) / bins
        last[:] = now


def _flatness(power, first, runs, least):  # type: ignore[no-untyped-def]
    """Geometric over arithmetic mean of `runs * FLAT_RUN` bins from `first` on."""
    arithmetic, logarithm = 0.0, 0.0
    for run in range(runs):
        product, total = 1.0, 0.0
        bins = power[first + run * FLAT_RUN :]
        for at in range(FLAT_RUN):
            total += bins[at]
            product *= (bins[at] + least) * _SCALE
        arithmetic += total
        logarithm += math.log(product)
    count = runs * FLAT_RUN
    return math.exp(logarithm / count) / _SCALE / (arithmetic / count + least)


def _spectral(magnitudes, flat, least, edges, shares, mean, flatness, bands):  # type: ignore[no-untyped-def]
    """What rows of frames are like: their mean power and its flatness, each frame's bands.

    `magnitudes` is float32 `[rows * frames, bins]`, `flat` the first bin and the runs that
    flatness is taken over. Bins before `edges[band]` (int64 `[bands, 2]`) and from its end on
    have no share in a band; `shares` is float32 `[bands, bins]`. `mean` `[rows, bins]`,
    `flatness` `[rows]` and `bands` `[rows * frames, bands]`, float32, are the result.
    """
    bins, frames = magnitudes.shape[1], magnitudes.shape[0] // mean.shape[0]
    power, share = np.empty(bins, np.float32), np.float32(1 / frames)
    for row in range(mean.shape[0]):
        mean[row] = np.float32(0)
        flatness[row] = np.float32(0)
        for frame in range(row * frames, (row + 1) * frames):
            now, sums = magnitudes[frame], mean[row]
            for at in range(bins):
                power[at] = now[at] * now[at]
            for at in range(bins):
                sums[at] += power[at] * share
            flatness[row] += flat_of(power, flat[0], flat[1], least) / frames
            for band in range(bands.shape[1]):
                total, first = np.float32(0), edges[band, 0]
                inside, weights = power[first : edges[band, 1]], shares[band, first:]
                for at in range(inside.size):
                    total += inside[at] * weights[at]
                bands[frame, band] = total


def _grains(samples, size, last, energies):  # type: ignore[no-untyped-def]
    """Energy of the differences of neighbours in each grain of `size` samples, float32."""
    for grain in range(energies.size):
        now, energy = samples[grain * size : (grain + 1) * size], np.float32(0)
        first = now[0] - (samples[grain * size - 1] if grain else last)
        for at in range(size - 1):
            sharp = now[at + 1] - now[at]
            energy += sharp * sharp
        energies[grain] = energy + first * first


def _moments(level, span, means, energy):  # type: ignore[no-untyped-def]
    """Of the span from each frame on, float64: mean of each band, variance summed over them.

    `level` is float64 `[frames, bands]`, `means` `[spans, bands]`, `energy` `[spans]`.
    """
    bands, square = level.shape[1], 0.0
    total = np.zeros(bands)
    for frame in range(level.shape[0]):
        newest, start = level[frame], frame - span + 1
        for band in range(bands):
            total[band] += newest[band]
            square += newest[band] * newest[band]
        if start >= 0:
            oldest, middle, evenly, past = level[start], means[start], 0.0, 0.0
            for band in range(bands):
                middle[band] = total[band] / span
                evenly += middle[band] * middle[band]
                past += oldest[band] * oldest[band]
                total[band] -= oldest[band]
            energy[start] = square - span * evenly
            square -= past


def _products(level, step, products):  # type: ignore[no-untyped-def]
    """Products of `step` frames with those as many frames later, float64 `[rows, lags]`."""
    bands = level.shape[1]
    flat = level.reshape(level.size)
    for row in range(products.shape[0]):
        start = row * step * bands
        now = flat[start : start + step * bands]
        for lag in range(products.shape[1]):
            product, later = 0.0, flat[start + lag * bands :]
            for at in range(now.size):
                product += now[at] * later[at]
            products[row, lag] = product


def _crossed(products, means, span, step, cross):  # type: ignore[no-untyped-def]
    """Covariance of the span at each `step`th frame with those as many frames later.

    `cross` is float64 `[rows, lags]`; the rest is what `moments` and `products` found.
    """
    parts, bands = span // step, means.shape[1]
    for row in range(cross.shape[0]):
        now = means[row * step]
        for lag in range(cross.shape[1]):
            later, product, evenly = means[row * step + lag], 0.0, 0.0
            for part in range(parts):
                product += products[row + part, lag]
            for band in range(bands):
                evenly += now[band] * later[band]
            cross[row, lag] = product - span * evenly


def _standing(level, around, above, least, stands):  # type: ignore[no-untyped-def]
    """Whether each bin of a level (float32 `[frames, bins]`) stands out of its surroundings.

    It lies `above` the mean of `around` bins (odd; mirrored at both ends) and over `least`.
    """
    bins, side = level.shape[1], around // 2
    wide, sums = np.empty(bins + 2 * side, np.float32), np.zeros(bins + 2 * side + 1)
    for frame in range(level.shape[0]):
        now, stood, total = level[frame], stands[frame], 0.0
        wide[side : side + bins] = now
        wide[:side] = now[:side][::-1]
        wide[side + bins :] = now[bins - side :][::-1]
        for at in range(wide.size):
            total += wide[at]
            sums[at + 1] = total
        until, since = sums[around:], sums
        for at in range(bins):
            mean = np.float32((until[at] - since[at]) / around)
            stood[at] = (now[at] > mean + above) & (now[at] > least)


def _lines(stands, span, lines, change):  # type: ignore[no-untyped-def]
    """How much of `span` frames lies in lines, and how much other they are than before.

    `stands` (uint8 `[2 * span + rows, bins]`) begins with the frames before the first row.
    """
    bins = stands.shape[1]
    now, before = np.zeros(bins, np.int32), np.zeros(bins, np.int32)
    for frame in range(1, 2 * span):
        count = now if frame >= span else before
        for at in range(bins):
            count[at] += stands[frame, at]
    for row in range(lines.size):
        total, square, same, either = 0, 0, 0, 0
        for at in range(bins):
            middle = np.int32(stands[row + span, at])
            now[at] += stands[row + 2 * span, at] - middle
            before[at] += middle - stands[row, at]
            total += now[at]
            square += now[at] * now[at]
            same += min(now[at], before[at])
            either += max(now[at], before[at])
        lines[row] = square / span / (total + 1e-6 * span)
        change[row] = 1 - same / (either + 1e-6 * span)


rise = compiled(_rise)
flux = compiled(_flux)
flat_of = compiled(_flatness)
spectral = compiled(_spectral)
grains = compiled(_grains)
moments = compiled(_moments)
products = compiled(_products)
crossed = compiled(_crossed)
standing = compiled(_standing)
lines = compiled(_lines)
