"""Fourier transforms of many short frames side by side, compiled by numba.

A lane is a pair of frames of `SIZE` samples, one as the real and one as the imaginary part of
one complex transform. Waves are float32 `[2 * SIZE * LANES]`: all real parts, then all
imaginary ones, the lanes of each place beside each other.
"""

import numpy as np

from cliply.media.compiled import compiled

SIZE = 512
BINS = SIZE // 2 + 1
LANES = 16
"""Wide enough for two vectors; both waves, 64 KB each, stay in a core's cache."""

FRAMES = 2 * LANES
"""That are transformed together."""

PASSES = 4
"""Of radix four, and a last one of radix two: 512 = 4 * 4 * 4 * 4 * 2."""

PARTS = 4
"""Short frames that a long one is dealt out to, sample by sample."""

_QUARTER = SIZE // 4 * LANES
_HALF = SIZE // 2 * LANES
_REST = SIZE * LANES
_END = _REST + _HALF
_PLACES = SIZE // 2 - 1


def turns() -> np.ndarray:
    """Factors of each pass, float32 `[PASSES, SIZE / 4, 3, real and imaginary]`."""
    place = np.arange(SIZE // 4)
    stride = 4 ** np.arange(PASSES)[:, None]
    angle = stride * (place // stride) / SIZE
    factors = np.exp(-2j * np.pi * angle[..., None] * np.arange(1, 4))
    return np.stack([factors.real, factors.imag], axis=-1).astype(np.float32)


def order() -> np.ndarray:
    """Where each frequency below SIZE / 2 lies after the passes: its digits the other way round."""
    digits = np.arange(SIZE // 2)[:, None] // 4 ** np.arange(PASSES) % 4
    return np.asarray(digits @ 4 ** np.arange(PASSES)[::-1])


def shifts() -> np.ndarray:
    """Factors of a long frame's parts, float32 `[SIZE, PARTS - 1, real and imaginary]`."""
    angle = np.arange(SIZE)[:, None] * np.arange(1, PARTS) / (PARTS * SIZE)
    factors = np.exp(-2j * np.pi * angle)
    return np.stack([factors.real, factors.imag], axis=-1).astype(np.float32)


def _pass(given, factors, taken):  # type: ignore[no-untyped-def]
    """One pass of radix four from a wave to another one, in constant geometry (Pease 1968)."""
    for place in range(SIZE // 4):
        r1, i1 = factors[place, 0, 0], factors[place, 0, 1]
        r2, i2 = factors[place, 1, 0], factors[place, 1, 1]
        r3, i3 = factors[place, 2, 0], factors[place, 2, 1]
        source, target = place * LANES, 4 * place * LANES
        for lane in range(LANES):
            at, to = source + lane, target + lane
            ar, ai = given[at], given[_REST + at]
            br, bi = given[_QUARTER + at], given[_REST + _QUARTER + at]
            cr, ci = given[2 * _QUARTER + at], given[_REST + 2 * _QUARTER + at]
            dr, di = given[3 * _QUARTER + at], given[_REST + 3 * _QUARTER + at]
            evenr, eveni, oddr, oddi = ar + cr, ai + ci, br + dr, bi + di
            leftr, lefti, rightr, righti = ar - cr, ai - ci, br - dr, bi - di
            taken[to], taken[_REST + to] = evenr + oddr, eveni + oddi
            wr, wi = leftr + righti, lefti - rightr
            taken[LANES + to] = wr * r1 - wi * i1
            taken[_REST + LANES + to] = wr * i1 + wi * r1
            wr, wi = evenr - oddr, eveni - oddi
            taken[2 * LANES + to] = wr * r2 - wi * i2
            taken[_REST + 2 * LANES + to] = wr * i2 + wi * r2
            wr, wi = leftr - righti, lefti + rightr
            taken[3 * LANES + to] = wr * r3 - wi * i3
            taken[_REST + 3 * LANES + to] = wr * i3 + wi * r3


def _last_pass(given, order, taken):  # type: ignore[no-untyped-def]
    """The pass of radix two, which puts frequencies into their order."""
    for frequency in range(SIZE // 2):
        # The mask says that no place is negative; else each would be asked.
        source = (order[frequency] & _PLACES) * LANES
        target = frequency * LANES
        for lane in range(LANES):
            at, to = source + lane, target + lane
            ar, ai, br, bi = given[at], given[_REST + at], given[_HALF + at], given[_END + at]
            taken[to], taken[_REST + to] = ar + br, ai + bi
            taken[_HALF + to], taken[_END + to] = ar - br, ai - bi


def _transform(wave, factors, order, found):  # type: ignore[no-untyped-def]
    """The transform of a wave, which is used up, into `found`."""
    one_pass(wave, factors[0], found)
    one_pass(found, factors[1], wave)
    one_pass(wave, factors[2], found)
    one_pass(found, factors[3], wave)
    last_pass(wave, order, found)


def _taper(samples, first, later, step, tapers, column, wave):  # type: ignore[no-untyped-def]
    """Tapered frames into a wave; that of lane n begins at first + n * step.

    It takes each so many samples as `tapers` (float32 `[SIZE, every]`) has columns, and
    weighs them by the given column; the imaginary frame begins `later`, and if that is
    within those samples, its column is as much later, too.
    """
    every = tapers.shape[1]
    beside = column + later if later < every else column
    for place in range(SIZE):
        here, there = tapers[place, column], tapers[place, beside]
        at = first + column + place * every
        for lane in range(LANES):
            wave[place * LANES + lane] = samples[at + lane * step] * here
            wave[_REST + place * LANES + lane] = samples[at + later + lane * step] * there


def _powers(wave, found):  # type: ignore[no-untyped-def]
    """4 * power of both frames of each lane: float32 `[BINS * FRAMES]`."""
    for frequency in range(BINS):
        here, there = frequency * LANES, ((SIZE - frequency) & (SIZE - 1)) * LANES
        target = frequency * FRAMES
        for lane in range(LANES):
            at, to = here + lane, there + lane
            ar, ai, br, bi = wave[at], wave[_REST + at], wave[to], wave[_REST + to]
            found[target + lane] = (ar + br) ** 2 + (ai - bi) ** 2
            found[target + LANES + lane] = (ai + bi) ** 2 + (ar - br) ** 2


def _magnitudes(found, first, out):  # type: ignore[no-untyped-def]
    """Frames from their lanes into `out`, from `first` on, as many as there are."""
    half = np.float32(0.5)
    for place in range(found.size):
        found[place] = half * np.sqrt(found[place])
    for frequency in range(BINS):
        for frame in range(min(FRAMES, out.shape[0] - first)):
            out[first + frame, frequency] = found[frequency * FRAMES + frame]


def _spectra(samples, step, tapers, factors, order, room, out):  # type: ignore[no-untyped-def]
    """Magnitudes `[frames, BINS]` of frames every `step`; `samples` go on for FRAMES more.

    `tapers` is `[SIZE, 1]`, `room` float32 `[2, 2 * SIZE * LANES]`.
    """
    wave, found = room[0], room[1]
    for first in range(0, out.shape[0], FRAMES):
        taper_frames(samples, first * step, LANES * step, step, tapers, 0, wave)
        transform(wave, factors, order, found)
        powers(found, wave[: BINS * FRAMES])
        magnitudes(wave[: BINS * FRAMES], first, out)


def _long_powers(even, odd, shifts, found):  # type: ignore[no-untyped-def]
    """16 * power below SIZE of frames dealt out to four, float32 `[SIZE * LANES]`.

    `even` and `odd` are the transforms of samples 0 and 2, 1 and 3 of each four; `shifts`
    (float32 `[SIZE, 3, real and imaginary]`) moves the parts to where they were.
    """
    for frequency in range(SIZE):
        r1, i1 = shifts[frequency, 0, 0], shifts[frequency, 0, 1]
        r2, i2 = shifts[frequency, 1, 0], shifts[frequency, 1, 1]
        r3, i3 = shifts[frequency, 2, 0], shifts[frequency, 2, 1]
        here, there = frequency * LANES, ((SIZE - frequency) & (SIZE - 1)) * LANES
        for lane in range(LANES):
            at, to = here + lane, there + lane
            ar, ai, br, bi = even[at], even[_REST + at], even[to], even[_REST + to]
            real, imaginary = ar + br, ai - bi
            xr, xi = ai + bi, br - ar
            real, imaginary = real + xr * r2 - xi * i2, imaginary + xr * i2 + xi * r2
            ar, ai, br, bi = odd[at], odd[_REST + at], odd[to], odd[_REST + to]
            xr, xi = ar + br, ai - bi
            real, imaginary = real + xr * r1 - xi * i1, imaginary + xr * i1 + xi * r1
            xr, xi = ai + bi, br - ar
            real, imaginary = real + xr * r3 - xi * i3, imaginary + xr * i3 + xi * r3
            found[here + lane] = real * real + imaginary * imaginary


def _long_spectra(samples, step, tapers, shifts, factors, order, room, out):  # type: ignore[no-untyped-def]
    """Magnitudes `[frames, SIZE]` below a quarter of the rate, of frames of `PARTS * SIZE`.

    `tapers` is `[SIZE, PARTS]`, `samples` go on for FRAMES more, `room` is float32
    `[3, 2 * SIZE * LANES]`.
    """
    half = np.float32(0.5)
    for first in range(0, out.shape[0], LANES):
        start = first * step
        taper_frames(samples, start, 2, step, tapers, 0, room[0])
        transform(room[0], factors, order, room[1])
        taper_frames(samples, start, 2, step, tapers, 1, room[0])
        transform(room[0], factors, order, room[2])
        found = room[0, : SIZE * LANES]
        long_powers(room[1], room[2], shifts, found)
        for place in range(found.size):
            found[place] = half * np.sqrt(found[place])
        for frequency in range(SIZE):
            for frame in range(min(LANES, out.shape[0] - first)):
                out[first + frame, frequency] = found[frequency * LANES + frame]


def _alike(power, factors, order, room, found):  # type: ignore[no-untyped-def]
    """Autocorrelation over its height at lag 0, float32 `[rows, lags]`, of power spectra.

    `power` is float32 `[rows, BINS]`, `room` float32 `[2, 2 * SIZE * LANES]`.
    """
    wave, alike, least = room[0], room[1], np.float32(1e-20)
    for first in range(0, power.shape[0], FRAMES):
        for row in range(FRAMES):
            # All lanes are filled, and evenly: what is in one reaches the other of its pair.
            given = power[min(first + row, power.shape[0] - 1)]
            lane, share = row % LANES + row // LANES * _REST, 1 / max(given.max(), least)
            for frequency in range(BINS):
                wave[lane + frequency * LANES] = given[frequency] * share
                wave[lane + ((SIZE - frequency) & (SIZE - 1)) * LANES] = given[frequency] * share
        transform(wave, factors, order, alike)
        for row in range(min(FRAMES, power.shape[0] - first)):
            taken, lane = found[first + row], row % LANES + row // LANES * _REST
            share = 1 / max(alike[lane], least)
            for lag in range(found.shape[1]):
                taken[lag] = alike[lane + lag * LANES] * share


one_pass = compiled(_pass)
last_pass = compiled(_last_pass)
transform = compiled(_transform)
taper_frames = compiled(_taper)
powers = compiled(_powers)
magnitudes = compiled(_magnitudes)
spectra = compiled(_spectra)
long_powers = compiled(_long_powers)
long_spectra = compiled(_long_spectra)
alike = compiled(_alike)
