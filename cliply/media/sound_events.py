"""Events in the level series: silences, and moments that stand out."""

import numpy as np
from scipy import ndimage, signal

from cliply.domain.audio import HOP_MS, AudioPeak
from cliply.domain.timing import TimeRange
from cliply.media.levels import FINE_MS, decibels

HEARD_DBFS = -60.0
"""What never rises above this counts as silent."""

LEAST_SILENCE_MS = 200
LONGEST_CLICK_MS = 40
"""A shorter sound does not end a silence: syllables are longer."""

BELOW_SPEECH_DB = 30.0
"""A pause in a clean recording lies at least this far below the speech."""

ABOVE_NOISE_DB = 6.0
"""In a noisy recording a pause is what comes this near to the noise."""

LEAST_DIP_DB = 6.0
"""However noisy it is, a pause lies this far below the speech."""

NOISE_WINDOW_MS = 30_000
"""The noise level is followed in windows of this length: rooms and microphones change."""

PEAK_RISE_DB = 6.0
"""Least rise of a peak above the median, and above its own surroundings."""

PEAK_OVER_LOUD_DB = 5.0
"""Least rise above the level that a quarter of the sound exceeds.

Plain speech spreads about 4 dB above it, so stressed words alone are no peaks.
"""

PEAK_DISTANCE_MS = 2_000
PEAK_LENGTH_MS = 400
"""Loudness is felt over about this long (the momentary window of EBU R 128)."""

_SURROUNDINGS_MS = 20_000

_AT_ONCE = 60_000
"""Steps that are computed at once, ten minutes."""


def find_silences(power: np.ndarray, speech: tuple[TimeRange, ...]) -> tuple[TimeRange, ...]:
    """Pauses of at least 200 ms in a mean-square series of 10 ms steps, in order.

    The threshold follows the recording: 30 dB under the median of the steps that `speech`
    covers, or 6 dB over the noise where noise fills the pauses. Without speech it is 30 dB
    under the level that a tenth of what can be heard exceeds.
    """
    smooth = _smoothed_dbfs(power, 3)
    quiet = np.concatenate([[False], smooth < _threshold_dbfs(smooth, speech), [False]])
    edges = (np.flatnonzero(np.diff(quiet.astype(np.int8))) * FINE_MS).tolist()
    spans: list[TimeRange] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if spans and start - spans[-1].end_ms <= LONGEST_CLICK_MS:
            start = spans.pop().start_ms
        spans.append(TimeRange(start_ms=start, end_ms=end))
    return tuple(span for span in spans if span.duration_ms >= LEAST_SILENCE_MS)


def find_peaks(power: np.ndarray, median_dbfs: float) -> tuple[AudioPeak, ...]:
    """Moments that stand out from the whole source and from what surrounds them, in order.

    `power` is a mean-square series of 10 ms steps, `median_dbfs` its median level. A
    moment is 400 ms long, its time the middle, and two moments are at least 2 s apart.
    """
    hop = HOP_MS // FINE_MS
    level = _smoothed_dbfs(power, PEAK_LENGTH_MS // FINE_MS)[hop // 2 :: hop].astype(np.float64)
    heard = level[level > HEARD_DBFS]
    if not len(heard):
        return ()
    loud = float(np.percentile(heard, 75)) + PEAK_OVER_LOUD_DB
    edged = np.concatenate([[-np.inf], level, [-np.inf]])
    found, _ = signal.find_peaks(
        np.maximum(edged, median_dbfs),
        height=max(median_dbfs + PEAK_RISE_DB, loud),
        distance=PEAK_DISTANCE_MS // HOP_MS,
        prominence=PEAK_RISE_DB,
        wlen=_SURROUNDINGS_MS // HOP_MS + 1,
    )
    return tuple(
        AudioPeak(
            time_ms=int(row - 1) * HOP_MS + HOP_MS // 2,
            rise_db=round(float(edged[row]) - median_dbfs, 2),
        )
        for row in found
    )


def median_dbfs(rms_dbfs: np.ndarray) -> float:
    """Median level of the rows that can be heard at all; -120 when none can."""
    heard = rms_dbfs[rms_dbfs > HEARD_DBFS]
    return round(float(np.median(heard)), 2) if len(heard) else -120.0


def _threshold_dbfs(level: np.ndarray, speech: tuple[TimeRange, ...]) -> np.ndarray:
    """What counts as quiet at each step of a series in dBFS."""
    spoken = [level[span.start_ms // FINE_MS : span.end_ms // FINE_MS] for span in speech]
    if sum(len(part) for part in spoken):
        voice = float(np.median(np.concatenate(spoken)))
        noise = _noise_dbfs(level)
        noise += ABOVE_NOISE_DB
        return np.clip(noise, voice - BELOW_SPEECH_DB, voice - LEAST_DIP_DB, out=noise)
    heard = level[level > HEARD_DBFS]
    loud = float(np.percentile(heard, 90)) if len(heard) else 0.0
    return np.full(len(level), loud - BELOW_SPEECH_DB, np.float32)


def _smoothed_dbfs(power: np.ndarray, length: int) -> np.ndarray:
    """Level of the running mean over so many steps, float32.

    A stretch at a time, so that four hours take 6 MB rather than 60.
    """
    level = np.empty(len(power), np.float32)
    for first in range(0, len(power), _AT_ONCE):
        before = min(first, length)
        some = power[first - before : first + _AT_ONCE + length].astype(np.float64)
        inside = slice(before, before + len(level[first : first + _AT_ONCE]))
        level[first : first + _AT_ONCE] = decibels(ndimage.uniform_filter1d(some, length)[inside])
    return level


def _noise_dbfs(level: np.ndarray) -> np.ndarray:
    """Noise level at each step: the tenth percentile of windows, joined by lines."""
    size = NOISE_WINDOW_MS // FINE_MS
    starts = range(0, max(1, len(level) - size // 2), size)
    floors = [np.percentile(level[start : start + size], 10) for start in starts]
    centres = [start + min(size, len(level) - start) / 2 for start in starts]
    noise = np.empty(len(level), np.float32)
    for first in range(0, len(level), _AT_ONCE):
        some = noise[first : first + _AT_ONCE]
        some[:] = np.interp(np.arange(first, first + len(some)), centres, floors)
    return noise
