"""What is known of a clip's noise before it is removed: its level, and a pause to learn it from."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cliply.domain.audio import HOP_MS
from cliply.domain.timing import TimeRange
from cliply.media.loudness import Loudness

PROFILE_ROWS = 500 // HOP_MS
"""Half a second holds 40 of afftdn's windows, enough for a mean."""

BELOW_PROGRAMME_DB = 15.0
BELOW_VOICE_DB = 8.0
"""A stretch that is nearer to the programme has programme in it: learning from it took 8 dB
off a film without pauses. Where it is known that nobody speaks, less is enough."""

ABOVE_MEAN_DB = 2.0
"""afftdn's floor over the mean level of the noise: at the mean the peaks of the noise get
through and 7 of 12 dB are taken, 3 dB above it 10, and some of a voice on the telephone."""

SHARE_TAKEN = 0.83
"""Share of the strength, in decibels, by which learned noise was found to sink."""

TAKEN_WITH_VOICE = 1.35
"""Where there is a voice, it loses this many times the power of the noise: the same on
speech with white and with pink noise at every ratio from 3 to 25 dB."""

MODEL_DB = 20.0
"""What a recurrent network takes from noise, about."""

LEAST_KNOWN_DBFS = -50.0
"""afftdn's own default."""

QUIETEST_DBFS, LOUDEST_DBFS = -80.0, -20.0
"""What afftdn takes as a floor."""


class NoiseLevel(NamedTuple):
    """What there is to know of a clip's noise."""

    floor_dbfs: float
    """For afftdn."""
    profile: TimeRange | None
    """The quietest half second, when it is nothing but noise."""
    k_power: float
    """K-weighted power of the noise; 0 when nobody knows."""


def noise_level(rows: Loudness, mean_square: np.ndarray, speech: Sequence[TimeRange]) -> NoiseLevel:
    """Level of the noise in a clip, from the quietest half second outside of speech.

    `mean_square` is the unweighted power of each row. Digital silence is passed over: it
    tells nothing of the noise elsewhere.
    """
    counts = mean_square > 10 ** (QUIETEST_DBFS / 10)
    counts &= ~_covered(len(counts), speech)
    means = _windows(np.where(counts, mean_square, np.inf))
    if not np.isfinite(means).any():
        return NoiseLevel(LEAST_KNOWN_DBFS, None, 0.0)
    first = int(np.argmin(means))
    noise_db = 10 * np.log10(means[first])
    most_db = _programme_db(mean_square) - (BELOW_VOICE_DB if speech else BELOW_PROGRAMME_DB)
    floor = min(noise_db, most_db) + ABOVE_MEAN_DB
    floor_dbfs = round(float(np.clip(floor, QUIETEST_DBFS, LOUDEST_DBFS)), 1)
    if noise_db > most_db:
        return NoiseLevel(floor_dbfs, None, 0.0)
    span = TimeRange(start_ms=first * HOP_MS, end_ms=(first + PROFILE_ROWS) * HOP_MS)
    return NoiseLevel(floor_dbfs, span, float(rows.k_power[first : first + PROFILE_ROWS].mean()))


def cleaned(rows: Loudness, noise: NoiseLevel, strength_db: float) -> Loudness:
    """The rows after noise removal: less noise between the words, and so a tighter gate."""
    left = 10 ** (-SHARE_TAKEN * strength_db / 10)
    taken = TAKEN_WITH_VOICE * (1 - left) * noise.k_power
    return rows._replace(k_power=np.maximum(rows.k_power - taken, left * rows.k_power))


def _programme_db(mean_square: np.ndarray) -> float:
    """Level of what is not far below the mean."""
    return float(10 * np.log10(mean_square[mean_square > mean_square.mean() / 10].mean()))


def _windows(power: np.ndarray) -> np.ndarray:
    """Mean of each `PROFILE_ROWS` rows; empty for less."""
    if len(power) < PROFILE_ROWS:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(power, PROFILE_ROWS)
    return np.asarray(windows.mean(axis=1))


def _covered(count: int, spans: Sequence[TimeRange]) -> np.ndarray:
    covered = np.zeros(count, bool)
    for span in spans:
        covered[span.start_ms // HOP_MS : -(-span.end_ms // HOP_MS)] = True
    return covered
