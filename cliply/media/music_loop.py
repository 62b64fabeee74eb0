"""Finds where a piece of music can be played on from an earlier beat without being noticed."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cliply.domain.media import SourceMedia
from cliply.domain.timing import TimeRange
from cliply.media.audio import read_audio

LOOP_RATE = 22_050
"""Samples per second that surroundings are compared at; chords lie far below 11 kHz."""

PER_MS = LOOP_RATE / 1000

EXCERPT_MS = 30_000
"""Looked at from the first beat on, and before the last: a loop leaves out little of either."""

SILENT = 0.001
"""Peak of 10 ms, -60 dBFS, under which there is nothing to be heard at an end of a file."""

_GRAIN = 220
"""Samples of which a peak is taken, 10 ms."""

BAR = 4
"""Beats; music in three is looped by four of its bars, or from beat to beat."""

LEAST_BEATS = 2 * BAR
"""In a loop."""

STEADY = 0.025
"""Mean difference of a beat's length from the next one's, in beats. Drums and bands of 70 to
174 BPM stay under 0.015, also when played 6 ms off; what is found in speech, noise and drones,
where there is no beat, lies over 0.03."""

BEFORE, AFTER = BAR, 2 * BAR
"""Beats before and after a place that are its surroundings."""

DB_PER_POINT = 20.0
"""A mean difference in level that weighs as much as chords that have nothing in common."""

LEAST_ALIKE = 0.7
"""The same chords with other melodies and drums reach 0.88 to 0.92, drums alone 0.86; speech and
noise 0.3 at the most, with the steadiest of beats."""

TIE = 0.05
"""Pairs this near to the best one sound as good."""

REACH_MS = 25
"""By which beats may be wrong, in the distance of two of them."""

JOIN_MS = 30
"""How long the end of a round is heard together with the beginning of the next."""

JOINED_BEFORE_MS = 40
"""Before a beat the one goes over into the other, so that its attack is heard once and whole."""

FLOOR_DB = -60.0

_FFT, _HOP = 4096, 1024
"""Bins 5 Hz apart tell semitones from 90 Hz on; a frame every 46 ms is six in the shortest beat."""


class Repetition(NamedTuple):
    """How a piece is played when it is shorter than what it accompanies."""

    heard: TimeRange | None
    """The file without the silence at both ends; None when all of it is silent."""
    loop: TimeRange | None
    """From beat to beat; None without a steady beat or when nothing comes again."""


class _Excerpt(NamedTuple):
    """A stretch of the music."""

    first_ms: int
    sound: np.ndarray
    """float32 mono."""

    def part(self, start_ms: float, end_ms: float) -> np.ndarray:
        """Samples between two times of the file; less at the ends of the excerpt."""
        first, last = (round((time - self.first_ms) * PER_MS) for time in (start_ms, end_ms))
        return self.sound[max(0, first) : max(0, last)]


class _Beats(NamedTuple):
    """What is heard in each beat of an excerpt."""

    times_ms: np.ndarray
    numbers: np.ndarray
    """Of the beats among all of the piece."""
    chroma: np.ndarray
    """`[beats, 12]`: how much more or less than the mean of each pitch class, of length 1."""
    levels: np.ndarray
    """`[beats, 4]`: dBFS of each quarter of a beat."""


def find_repetition(path: Path, source: SourceMedia, beats_ms: Sequence[int]) -> Repetition:
    """How a music file can be repeated, its beats being known (`media.beats`).

    A loop leads from a beat near the end back to one near the beginning whose surroundings
    have the same chords and level: the longest that sounds as good as any, on bar lines
    when there is one. It ends at least two bars before the last beat and is exact to
    the millisecond. The file is read once; 2 * 30 s of it are held. Raises MediaError when it
    can not be read.
    """
    spans = _spans(beats_ms) if _is_steady(beats_ms) else ()
    heard, excerpts = _read(path, source, spans)
    if heard is None or not excerpts or any(len(one.sound) < _FFT for one in excerpts):
        return Repetition(heard, None)
    return Repetition(heard, _loop(excerpts, np.asarray(beats_ms)))


def _is_steady(beats_ms: Sequence[int]) -> bool:
    if len(beats_ms) < LEAST_BEATS + BEFORE + AFTER:
        return False
    steps = np.diff(beats_ms)
    return bool(np.mean(np.abs(np.diff(steps))) < STEADY * np.median(steps))


def _spans(beats_ms: Sequence[int]) -> tuple[TimeRange, TimeRange]:
    """What is compared: the beginning of the music, and its end."""
    first_ms = max(0, beats_ms[0] - REACH_MS)
    last_ms = beats_ms[-1] + REACH_MS
    return (
        TimeRange(start_ms=first_ms, end_ms=min(last_ms, first_ms + EXCERPT_MS)),
        TimeRange(start_ms=max(first_ms, last_ms - EXCERPT_MS), end_ms=last_ms),
    )


def _read(
    path: Path, source: SourceMedia, spans: Sequence[TimeRange]
) -> tuple[TimeRange | None, list[_Excerpt]]:
    """Where there is sound, and the stretches that were asked for."""
    peaks: list[np.ndarray] = []
    kept: list[list[np.ndarray]] = [[] for _ in spans]
    at = 0
    for block in read_audio(path, source, sample_rate=LOOP_RATE, layout="mono", block_s=1.0):
        sound = block[0]
        peaks.append(np.maximum.reduceat(np.abs(sound), np.arange(0, len(sound), _GRAIN)))
        for span, parts in zip(spans, kept, strict=True):
            first, last = (round(time * PER_MS) - at for time in (span.start_ms, span.end_ms))
            parts.append(sound[max(0, first) : max(0, last)].copy())
        at += len(sound)
    excerpts = [
        _Excerpt(span.start_ms, np.concatenate([np.zeros(0, np.float32), *parts]))
        for span, parts in zip(spans, kept, strict=True)
    ]
    return _heard(peaks, at), excerpts


def _heard(peaks: Sequence[np.ndarray], samples: int) -> TimeRange | None:
    """From the first 10 ms with sound to the last; blocks of 1 s hold a hundred and a bit."""
    grains = [
        np.flatnonzero(block > SILENT) * _GRAIN + number * LOOP_RATE
        for number, block in enumerate(peaks)
    ]
    loud = np.concatenate([np.zeros(0, np.int64), *grains])
    if not len(loud):
        return None
    start_ms, last = int(loud[0] / PER_MS), min(samples, int(loud[-1]) + _GRAIN)
    return TimeRange(start_ms=start_ms, end_ms=max(start_ms + 1, int(last / PER_MS)))


def _loop(excerpts: Sequence[_Excerpt], beats_ms: np.ndarray) -> TimeRange | None:
    early, late = (_described(excerpt, beats_ms) for excerpt in excerpts)
    alike = _alike(early, late)
    pair = _chosen(alike, early, late)
    if pair is None:
        return None
    start, end = int(early.times_ms[pair[0]]), int(late.times_ms[pair[1]])
    return TimeRange(start_ms=start, end_ms=_in_step(excerpts, start, end))


def _described(excerpt: _Excerpt, beats_ms: np.ndarray) -> _Beats:
    """Chords and levels of the beats that lie in the excerpt as a whole."""
    length_ms = float(np.median(np.diff(beats_ms)))
    last_ms = excerpt.first_ms + len(excerpt.sound) / PER_MS - length_ms
    numbers = np.flatnonzero((beats_ms >= excerpt.first_ms) & (beats_ms <= last_ms))
    times = beats_ms[numbers]
    chroma = _chroma(excerpt, times, length_ms)
    quarters = times[:, None] + length_ms / 4 * np.arange(5)
    levels = [[_level_db(excerpt.part(*bounds)) for bounds in pairwise(row)] for row in quarters]
    return _Beats(times, numbers, chroma, np.array(levels).reshape(-1, 4))


def _chroma(excerpt: _Excerpt, times_ms: np.ndarray, length_ms: float) -> np.ndarray:
    """Mean pitch classes of each beat. The tuning is the same everywhere and not asked for."""
    # Its import costs 2 CPU s, and 25 more to compile what numba then keeps beside it for good;
    # so only music with a beat pays for it. `chroma_stft` compiles nothing of its own.
    import librosa

    frames = librosa.feature.chroma_stft(
        y=excerpt.sound, sr=LOOP_RATE, tuning=0.0, n_fft=_FFT, hop_length=_HOP
    )
    middles = excerpt.first_ms + np.arange(frames.shape[1]) * _HOP / PER_MS
    first, last = (np.searchsorted(middles, times_ms + late) for late in (0.0, length_ms))
    means = [frames[:, a : max(b, a + 1)].mean(axis=1) for a, b in zip(first, last, strict=True)]
    from_mean = np.array(means).reshape(-1, 12)
    from_mean = from_mean - from_mean.mean(axis=1, keepdims=True)
    return np.asarray(from_mean / (np.linalg.norm(from_mean, axis=1, keepdims=True) + 1e-6))


def _level_db(sound: np.ndarray) -> float:
    power = float(np.mean(np.square(sound, dtype=np.float64))) if len(sound) else 0.0
    return max(FLOOR_DB, 10 * float(np.log10(power + 1e-10)))


def _alike(early: _Beats, late: _Beats) -> np.ndarray:
    """`[early, late]`: how alike the surroundings of two beats are, 1 for the same.

    -inf where one of them has too few beats after it, or both are too near to each other.
    Beats before the first one are left out of the comparison.
    """
    apart_db = np.abs(early.levels[:, None] - late.levels[None]).mean(axis=2)
    single = early.chroma @ late.chroma.T - apart_db / DB_PER_POINT
    rows, columns = single.shape
    padded = np.pad(single, ((BEFORE, AFTER), (BEFORE, AFTER)), constant_values=np.nan)
    around = np.stack(
        [padded[k : k + rows, k : k + columns] for k in range(BEFORE + AFTER)], axis=2
    )
    missing = np.isnan(around)
    alike = np.nansum(around, axis=2) / np.maximum(1, (~missing).sum(axis=2))
    alike[missing[..., BEFORE:].any(axis=2)] = -np.inf
    alike[late.numbers[None] - early.numbers[:, None] < LEAST_BEATS] = -np.inf
    alike[early.times_ms < JOINED_BEFORE_MS] = -np.inf
    return np.asarray(alike)


def _chosen(alike: np.ndarray, early: _Beats, late: _Beats) -> tuple[int, int] | None:
    """The longest pair that sounds as good as the best, of whole bars and on a bar line first."""
    if not alike.size or alike.max() < LEAST_ALIKE:
        return None
    first_of_bar = _first_of_bar(early)
    pairs = [(int(row), int(column)) for row, column in np.argwhere(alike >= alike.max() - TIE)]

    def worth(pair: tuple[int, int]) -> tuple[bool, bool, int]:
        start, end = int(early.numbers[pair[0]]), int(late.numbers[pair[1]])
        return (end - start) % BAR == 0, start % BAR == first_of_bar, end - start

    return max(pairs, key=worth)


def _first_of_bar(beats: _Beats) -> int:
    """Number of the beat in each four at which chords change most."""
    changes = 1 - np.sum(beats.chroma[1:] * beats.chroma[:-1], axis=1)
    places = beats.numbers[1:] % BAR
    return int(np.argmax([changes[places == place].mean() for place in range(BAR)]))


def _in_step(excerpts: Sequence[_Excerpt], start_ms: int, end_ms: int) -> int:
    """The end at which the second after it is the most in step with that after the start."""
    span = 1_000 + REACH_MS
    then = _rises(excerpts[0].part(start_ms - REACH_MS, start_ms + span))
    near = _rises(excerpts[1].part(end_ms - 2 * REACH_MS, end_ms + span + REACH_MS))
    fits = np.correlate(near, then, "valid")
    middle = REACH_MS
    if len(fits) != 2 * REACH_MS + 1 or fits[middle] >= fits.max():
        return end_ms
    return end_ms + int(np.argmax(fits)) - middle


def _rises(sound: np.ndarray) -> np.ndarray:
    """How much louder each millisecond is than the one before, 0 where it is not."""
    edges = np.round(np.arange(0, len(sound), PER_MS)).astype(int)
    power = np.add.reduceat(np.square(sound, dtype=np.float64), edges[edges < len(sound)])
    return np.maximum(np.diff(np.sqrt(power)), 0)
