"""Finds the beats of a music file: its tempo, and where the bass says that one is."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.error import FFmpegError
from scipy import fft

from cliply.errors import ErrorCode, InvalidInput

BEAT_RATE = 16_000
"""Samples per second that beats are found at; the hats lie below 8 kHz too."""

STEP_MS = 5
_STEP = BEAT_RATE * STEP_MS // 1000
_WINDOW = 512
_TAPER = np.hanning(_WINDOW).astype(np.float32)
_PER_S = 1000 // STEP_MS

BASS_HZ = 200
"""Kick and bass lie under this and tell the beat; hats between the beats are as sharp as it
and win when all of the spectrum counts the same."""

BASS_WEIGHT = 0.8
"""Of the bass in what a beat is looked for in, where there is one."""

SLOWEST_BPM, FASTEST_BPM, USUAL_BPM = 60.0, 200.0, 120.0
OCTAVES = 0.9
"""Width of the preference for the usual tempo (Ellis 2007, section 3.2)."""

TIGHTNESS = 400.0
"""How much the distance of two beats may differ from the tempo's (Ellis 2007, section 4)."""

LEAST_S = 3.0
"""Shorter music has no tempo to speak of."""

EARLY_MS = 12
"""The flux is highest when an onset comes into the steep part of the window, this long
before it is in the middle; measured with kicks, drums and chords, within 5 ms."""

BLOCK_S = 10


def beats(path: Path) -> tuple[int, ...]:
    """Times of the beats of a music file, in milliseconds from its start, in order.

    Spectral flux every 5 ms, the tempo from its autocorrelation, and the path of beats by
    dynamic programming (Ellis, Beat tracking by dynamic programming, 2007). Empty for
    silence and for less than 3 s. Raises InvalidInput when the file has no sound to read.
    """
    fluxes = [_flux(block) for block in _framed(_samples(path))]
    if not fluxes:
        return ()
    return beats_of(np.concatenate(fluxes))


def beats_of(flux: np.ndarray) -> tuple[int, ...]:
    """Beats of a flux series `[steps of 5 ms, 2]`: of the bass, and of all of the spectrum."""
    if len(flux) < LEAST_S * _PER_S:
        return ()
    onsets = _onsets(flux)
    if not onsets.any():
        return ()
    path = _path(onsets, _period(onsets))
    found = _trimmed(onsets, np.array([_summit(onsets, step) for step in path]))
    return tuple(int(step) * STEP_MS + EARLY_MS for step in found)


def _samples(path: Path) -> Iterator[np.ndarray]:
    """Mono float32 of the first audio stream, in pieces."""
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            resampler = AudioResampler("fltp", "mono", BEAT_RATE)
            for frame in container.decode(audio=0):
                frame.pts = None
                yield from (part.to_ndarray()[0] for part in resampler.resample(frame))
            yield from (part.to_ndarray()[0] for part in resampler.resample(None))
    except (FFmpegError, IndexError) as error:
        raise InvalidInput(
            ErrorCode.attachment_not_audio,
            f"The beats of {path.name} can not be found: it has no sound that can be read. "
            "Choose a music file.",
        ) from error


def _framed(pieces: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Blocks of about 10 s that share a window, so that their steps follow each other."""
    held, length = [np.zeros(_WINDOW // 2, np.float32)], 0
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        if length >= BLOCK_S * BEAT_RATE:
            joined = np.concatenate(held)
            steps = (len(joined) - _WINDOW) // _STEP
            yield joined[: steps * _STEP + _WINDOW]
            held, length = [joined[steps * _STEP :]], 0
    if length:
        yield np.concatenate([*held, np.zeros(_WINDOW, np.float32)])


def _flux(block: np.ndarray) -> np.ndarray:
    """Rise of the log spectrum from each step to the next, of the bass and of everything."""
    windows = np.lib.stride_tricks.sliding_window_view(block, _WINDOW)[::_STEP]
    loud = np.log1p(100 * np.abs(fft.rfft(windows * _TAPER, axis=1)) * (2 / _WINDOW))
    rise = np.maximum(np.diff(loud, axis=0), 0)
    bass = BASS_HZ * _WINDOW // BEAT_RATE + 1
    return np.stack([rise[:, 1:bass].mean(axis=1), rise.mean(axis=1)], axis=1).astype(np.float32)


def _onsets(flux: np.ndarray) -> np.ndarray:
    """What stands out of its surroundings of half a second, both bands by their own spread."""
    around = np.ones(_PER_S // 2) / (_PER_S // 2)
    rest = [np.convolve(band, around, "same") for band in flux.T]
    above = np.maximum(flux.T - rest, 0)
    spread = above.std(axis=1)
    if spread[1] <= 0:
        return np.zeros(len(flux))
    weight = BASS_WEIGHT if spread[0] > spread[1] / 4 else 0.0
    bass = above[0] / spread[0] if weight else 0.0
    return np.asarray(weight * bass + (1 - weight) * above[1] / spread[1])


def _period(onsets: np.ndarray) -> float:
    """Steps from beat to beat: the lag at which the series is most like itself, near 120 BPM."""
    size = fft.next_fast_len(2 * len(onsets))
    alike = fft.irfft(np.abs(fft.rfft(onsets - onsets.mean(), size)) ** 2)
    lags = np.arange(int(60 * _PER_S / FASTEST_BPM), int(60 * _PER_S / SLOWEST_BPM) + 1)
    usual = np.exp(-0.5 * (np.log2(60 * _PER_S / lags / USUAL_BPM) / OCTAVES) ** 2)
    best = int(lags[np.argmax(alike[lags] * usual)])
    before, here, after = alike[best - 1 : best + 2]
    bend = before - 2 * here + after
    return best + (0.5 * (before - after) / bend if bend < 0 else 0.0)


def _path(onsets: np.ndarray, period: float) -> list[int]:
    """Steps of the beats: strong onsets that lie evenly apart.

    As many steps are scored together as the shortest link is long.
    """
    lags = np.arange(round(period / 2), round(2 * period) + 1)
    cost = -TIGHTNESS * np.log(lags / period) ** 2
    score = onsets.astype(np.float64).copy()
    link = np.full(len(onsets), -1)
    for first in range(int(lags[0]), len(onsets), int(lags[0])):
        steps = np.arange(first, min(first + int(lags[0]), len(onsets)))
        before = steps[:, None] - lags
        chances = np.where(before >= 0, score[np.maximum(before, 0)], -np.inf) + cost
        best = chances.argmax(axis=1)
        gain = chances[np.arange(len(steps)), best]
        score[steps] += np.maximum(gain, 0)
        link[steps] = np.where(gain > 0, steps - lags[best], -1)
    last = len(onsets) - round(period) + int(np.argmax(score[-round(period) :]))
    path = [last]
    while link[path[-1]] >= 0:
        path.append(int(link[path[-1]]))
    return path[::-1]


def _summit(onsets: np.ndarray, step: int, reach: int = 4) -> int:
    """The strongest step within 20 ms."""
    first = max(0, step - reach)
    near = onsets[first : step + reach + 1]
    return first + int(np.argmax(near)) if near.any() else step


def _trimmed(onsets: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Without the beats before the music begins and after it has ended."""
    strong = onsets[path] > 0.5 * np.sqrt(np.mean(onsets[path] ** 2))
    heard = np.flatnonzero(strong)
    return path[heard[0] : heard[-1] + 1] if len(heard) else path[:0]
