"""Loudness of a span, and the gain and limiter that bring it to its target."""

from typing import NamedTuple

import numpy as np
import polars as pl

from cliply.domain.audio import HOP_MS, SILENT_LUFS
from cliply.domain.sound import AudioGain
from cliply.domain.timing import TimeRange

BLOCK_ROWS = 400 // HOP_MS
"""Rows in one gating block: 400 ms, each 75 % over the one before (ITU-R BS.1770-4)."""

MAX_GAIN_DB = 24.0
"""Speech across a room lies near -38 LUFS; what is still softer is mostly noise."""

MAX_PUSH_DB = 10.0
"""Most that is added to make up for the limiter; beyond it nothing but noise is left."""

MAX_CUT_DB = 12.0
"""Most that is taken away to make up for what is added to a programme."""

LEAST_HEARD_ROWS = 1000 // HOP_MS
"""Less sound than this is a click or a bump, which no gain makes a programme."""

LIMITER_LOSS = 0.54
LIMITER_LOSS_PER_DB = 0.0225
WHOLLY_LIMITED_DB = 10.2
"""Share of a 100 ms row's overshoot that the limiter takes from its whole power, how that
share grows with the overshoot, and where the whole row is limited and nothing more passes.

Fitted to `mastered` on 158 stretches of speech, film, music, noise and drums that came
out near -14 LUFS, up to 12 dB of them limited away: RMS error 0.07 LU, largest 0.23 LU.
"""

CEILING_DBTP = -2.0
MORE_HEADROOM_DB = 0.8
"""With `AAC_OPTIONS` AAC adds under 0.2 dB of true peak to most sounds and up to 1.6 dB to
limited noise and transients: the ceiling sinks while the overshoot grows to 4 dB."""

AAC_OPTIONS = ("-aac_coder", "fast")
"""FFmpeg's default search loses its way on some frames: it added up to 4 dB of true peak to
speech and film, this one at most 1.6 dB from 96 to 192 kbit/s, 1.8 dB once, and it comes
closer to the sound: -58 instead of -47 dB of error where that happened to speech."""

PEAK_MARGIN_DB = 0.3
"""What a repaired ceiling is lowered by beyond the fault."""

LOUDNESS_TOLERANCE_LU = 0.3
MOST_DBTP = -1.0
"""What a finished clip has to keep to."""


class Loudness(NamedTuple):
    """Rows of 100 ms: K-weighted power and sample peak as amplitude, both linear."""

    k_power: np.ndarray
    peak: np.ndarray

    @property
    def is_heard(self) -> bool:
        """Whether there is enough sound to level."""
        return int((self.k_power > lufs_power(SILENT_LUFS)).sum()) >= LEAST_HEARD_ROWS


def integrated_lufs(k_power: np.ndarray) -> float:
    """Integrated loudness (EBU R 128) of 100 ms rows of K-weighted power.

    Gated at -70 LUFS and then at 10 LU under the mean of what is left. Less than 400 ms
    counts as one block. `SILENT_LUFS` when nothing passes the gates.
    """
    if not len(k_power):
        return SILENT_LUFS
    size = min(BLOCK_ROWS, len(k_power))
    total = np.concatenate([[0.0], np.cumsum(k_power, dtype=np.float64)])
    blocks = (total[size:] - total[:-size]) / size
    heard = blocks[blocks > lufs_power(SILENT_LUFS)]
    if not len(heard):
        return SILENT_LUFS
    return _lufs(heard[heard > heard.mean() / 10].mean())


def rows_of(levels: pl.DataFrame) -> Loudness:
    """The level series as linear rows."""
    peak = 10 ** (levels["peak_dbfs"].to_numpy().astype(np.float64) / 20)
    return Loudness(levels["k_power"].to_numpy().astype(np.float64), peak)


def gain_for(levels: pl.DataFrame, span: TimeRange, target_lufs: float = -14.0) -> AudioGain:
    """The gain that brings an uncut span of the source to `target_lufs`; see `gain_of`."""
    first = span.start_ms // HOP_MS
    rows = levels.slice(first, -(-span.end_ms // HOP_MS) - first)
    return gain_of(rows_of(rows), target_lufs)


def gain_of(
    programme: Loudness, target_lufs: float = -14.0, beside: Loudness | None = None
) -> AudioGain:
    """The gain that brings a programme to `target_lufs` through the limiter.

    `beside` is what is heard with it at a level that the gain does not change. Gates the
    rows anew, in about 1 ms a minute, and foresees what the limiter takes away. 0 dB for
    less than a second of sound; never above `MAX_GAIN_DB`, so that near-silence stays
    quiet instead of hissing.
    """
    if not programme.is_heard:
        return AudioGain(gain_db=0.0, target_lufs=target_lufs, is_levelled=False)
    nothing = Loudness(np.zeros(len(programme.peak)), np.zeros(len(programme.peak)))
    mix = _Mix(programme, beside or nothing)
    plain_db = target_lufs - integrated_lufs(programme.k_power)
    ceiling = _ceiling_dbtp(float(mix.peak_db(plain_db).max()) - CEILING_DBTP)
    gain_db = min(MAX_GAIN_DB, _through_limiter(mix, plain_db, ceiling, target_lufs))
    return AudioGain(
        gain_db=round(gain_db, 2), ceiling_dbtp=round(ceiling, 2), target_lufs=target_lufs
    )


def corrected(gain: AudioGain, measured_lufs: float, measured_dbtp: float) -> AudioGain | None:
    """A better gain for a finished clip that missed its level; None when it is good or no
    gain would help.

    A sound that was not levelled only gets a lower ceiling when it needs one.
    """
    step_db = _missing_db(gain, gain.target_lufs - measured_lufs)
    over_db = measured_dbtp - MOST_DBTP
    if not step_db and over_db <= 0:
        return None
    lower_db = over_db + PEAK_MARGIN_DB if over_db > 0 else 0.0
    return gain.model_copy(
        update={
            "gain_db": round(gain.gain_db + step_db, 2),
            "ceiling_dbtp": round(gain.ceiling_dbtp - lower_db, 2),
        }
    )


def _missing_db(gain: AudioGain, short_lu: float) -> float:
    """What to add to a gain that left a clip `short_lu` under its target.

    Where its ceiling had to be lowest the limiter takes nearly half of what is added, and
    the foreseen loss is wrong by 0.6 dB at most: what is beyond has other causes.
    """
    if not gain.is_levelled or round(abs(short_lu), 3) <= LOUDNESS_TOLERANCE_LU:
        return 0.0
    limited = min(1.0, (CEILING_DBTP - gain.ceiling_dbtp) / MORE_HEADROOM_DB)
    step_db = short_lu + 0.8 * limited * max(-0.6, min(0.6, short_lu))
    return min(step_db, MAX_GAIN_DB - gain.gain_db)


def mastered(gain: AudioGain) -> str:
    """FFmpeg's filters for the limiter: 48 kHz stereo float in and out.

    It works at 192 kHz, where samples are close to true peaks, and makes up for its own
    delay.
    """
    limit = 10 ** (gain.ceiling_dbtp / 20)
    return (
        "aresample=192000,"
        f"alimiter=limit={limit:.6f}:attack=5:release=50:level=disabled:latency=1,"
        "aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo"
    )


def lufs_power(lufs: float) -> float:
    """K-weighted power of a steady sound of this loudness: BS.1770-4, equation 2."""
    return float(10 ** ((lufs + 0.691) / 10))


class _Mix(NamedTuple):
    """A programme that gets the gain, and what does not, taken to be uncorrelated."""

    programme: Loudness
    beside: Loudness

    def k_power(self, gain_db: float) -> np.ndarray:
        return np.asarray(self.programme.k_power * 10 ** (gain_db / 10) + self.beside.k_power)

    def peak_db(self, gain_db: float) -> np.ndarray:
        square = self.programme.peak**2 * 10 ** (gain_db / 10) + self.beside.peak**2
        return np.asarray(10 * np.log10(np.maximum(square, 1e-12)))

    def limited_lufs(self, gain_db: float, ceiling_dbtp: float) -> float:
        over_db = np.maximum(self.peak_db(gain_db) - ceiling_dbtp, 0)
        partly_db = np.minimum(over_db, WHOLLY_LIMITED_DB)
        taken_db = (LIMITER_LOSS + LIMITER_LOSS_PER_DB * partly_db) * partly_db
        taken_db += over_db - partly_db
        return integrated_lufs(self.k_power(gain_db) * 10 ** (-taken_db / 10))


def _ceiling_dbtp(overshoot_db: float) -> float:
    return CEILING_DBTP - MORE_HEADROOM_DB * min(1.0, max(0.0, overshoot_db / 4))


def _through_limiter(mix: _Mix, plain_db: float, ceiling: float, target_lufs: float) -> float:
    """The gain whose limited loudness is the target, to 0.01 dB, by bisection."""
    low, high = plain_db - MAX_CUT_DB, plain_db + MAX_PUSH_DB
    while high - low > 0.01:
        middle = (low + high) / 2
        if mix.limited_lufs(middle, ceiling) < target_lufs:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _lufs(power: float) -> float:
    return float(-0.691 + 10 * np.log10(power))
