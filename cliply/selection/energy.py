"""How much goes on in the sound of a window: loud speech, and how an audience answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cliply.domain.audio import HOP_MS, AudioFeatures, AudioState, SoundEvent
from cliply.domain.transcript import Transcript
from cliply.selection.reactions import strength
from cliply.selection.series import Floats, RangeMax, RangeSum, contrasted, moving_mean
from cliply.selection.windows import Windows

ORDINARY_DB = 3.0
"""Speech wavers this far above its median without being loud."""
SHOUT_DB = 12.0
"""A second this far above the source's median level has full energy."""
ACTIVE_DBFS = -60.0
"""Quieter levels are no part of the median."""
AUDIBLE_DBFS = -50.0
AUDIBLE_BELOW_MEDIAN_DB = 20.0
NEAR_WORD_MS = 500
"""Sound this near to a word belongs to it; other sound in a talk is noise."""

SETUP_MS = 8_000
"""A reaction counts for a window that has at least this much of what led to it."""
REACTIONS_PER_HALF_MINUTE = 1.5
"""Reactions in 30 s that score 1 - 1/e = 0.63."""


@dataclass(frozen=True)
class Loudness:
    """How loud each hop of `HOP_MS` is, from source time 0."""

    excess: Floats
    """Level of the second around it above the source's median, 0…1 for `ORDINARY_DB`…`SHOUT_DB`;
    0 in a talk where nobody speaks or answers."""
    audible: Floats
    """1 where something can be heard, else 0."""
    reactions: Floats
    """Strength of the reactions that begin in it, 0 or more."""


@dataclass(frozen=True)
class Energy:
    """What the energy of each window is made of, 0…1."""

    loudness: Floats
    reactions: Floats

    @property
    def total(self) -> Floats:
        """Either makes a window lively, both together more so."""
        together: Floats = self.loudness + self.reactions - self.loudness * self.reactions
        return together


def measure_loudness(
    audio: AudioFeatures, levels: pl.DataFrame, transcript: Transcript
) -> Loudness | None:
    """None when there is nothing to hear in the whole source."""
    if audio.state is not AudioState.heard:
        return None
    hops = max(-(-audio.duration_ms // HOP_MS), levels.height)
    rms = np.full(hops, -120.0)
    rms[: levels.height] = levels["rms_dbfs"].to_numpy()
    active = rms[rms > ACTIVE_DBFS]
    median = float(np.median(active)) if len(active) else ACTIVE_DBFS
    # The mean of decibels and not of power: a cough is over before it lifts a whole second.
    level = moving_mean(np.maximum(rms, median - AUDIBLE_BELOW_MEDIAN_DB), 1000 // HOP_MS)
    excess = np.clip((level - median - ORDINARY_DB) / (SHOUT_DB - ORDINARY_DB), 0, 1)
    if transcript.words:
        excess *= _near_words(audio, transcript, hops)
    else:
        _lift_to_peaks(excess, audio)
    audible = rms > max(median - AUDIBLE_BELOW_MEDIAN_DB, AUDIBLE_DBFS)
    return Loudness(excess, audible.astype(np.float64), _reactions(audio.events, hops))


def energy(loudness: Loudness | None, windows: Windows) -> Energy | None:
    """Loudness and reactions are each six parts the strongest moment, four parts how many."""
    if loudness is None:
        return None
    first, end = windows.start_ms // HOP_MS, -(-windows.end_ms // HOP_MS)
    loudest = np.maximum(RangeMax(loudness.excess).over(first, end), 0)
    mean = RangeSum(loudness.excess).over(first, end) / np.maximum(end - first, 1)
    caused = np.minimum(first + SETUP_MS // HOP_MS, end)
    strongest = np.clip(RangeMax(loudness.reactions).over(caused, end), 0, 1)
    often = RangeSum(loudness.reactions).over(caused, end) * 30_000 / windows.duration_ms
    return Energy(
        loudness=contrasted(0.6 * loudest + 0.4 * np.minimum(3 * mean, 1)),
        reactions=0.6 * strongest + 0.4 * (1 - np.exp(-often / REACTIONS_PER_HALF_MINUTE)),
    )


def _reactions(events: Sequence[SoundEvent], hops: int) -> Floats:
    """A reaction counts where it begins, so that it belongs to what caused it."""
    reactions = np.zeros(hops)
    for event in events:
        hop = min(event.span.start_ms // HOP_MS, hops - 1)
        reactions[hop] = max(reactions[hop], strength(event))
    return reactions


def _near_words(audio: AudioFeatures, transcript: Transcript, hops: int) -> Floats:
    """1 where somebody speaks or an audience answers, else 0."""
    near = np.zeros(hops)
    said = [
        (w.span.start_ms - NEAR_WORD_MS, w.span.end_ms + NEAR_WORD_MS) for w in transcript.words
    ]
    answered = [(e.span.start_ms, e.span.end_ms) for e in audio.events if strength(e) > 0]
    for start, end in [*said, *answered]:
        near[max(start, 0) // HOP_MS : -(-end // HOP_MS)] = 1
    return near


def _lift_to_peaks(excess: Floats, audio: AudioFeatures) -> None:
    for peak in audio.peaks:
        hop = min(peak.time_ms // HOP_MS, len(excess) - 1)
        excess[hop] = max(excess[hop], min(peak.rise_db / SHOUT_DB, 1.0))
