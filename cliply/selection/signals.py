"""What sets windows of a source apart: sound, words, cuts, mood; each signal 0…1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cliply.domain.audio import HOP_MS, AudioFeatures, AudioState
from cliply.domain.scenes import Scene
from cliply.domain.transcript import Transcript
from cliply.selection.keywords import Trigger, topic_weights
from cliply.selection.sentiment import moods
from cliply.selection.series import Floats, Ints, RangeMax, RangeSum, moving_mean
from cliply.selection.windows import Windows

SHOUT_DB = 12.0
"""A second this far above the source's median level has full energy."""
ACTIVE_DBFS = -60.0
"""Quieter levels are no part of the median."""
AUDIBLE_DBFS = -50.0
AUDIBLE_BELOW_MEDIAN_DB = 20.0
TRIGGERS_PER_HALF_MINUTE = 4.0
"""Weight of triggers in 30 s that scores 1 - 1/e = 0.63."""
SHORTEST_FOR_DENSITY_MS = 20_000
"""Shorter windows count as this long, so that one word does not make one dense."""
BUSY = 3.0
"""Scene density, as a multiple of the source's own, that scores 1."""
MOVING = 0.5
"""Mean change of neighbouring frames, in HSV levels, above which a picture moves."""


@dataclass(frozen=True)
class Loudness:
    """How loud each hop of `HOP_MS` is, from source time 0."""

    excess: Floats
    """Level of the second around it above the source's median, 0…1 for 0…`SHOUT_DB`."""
    audible: Floats
    """1 where something can be heard, else 0."""


def measure_loudness(audio: AudioFeatures, levels: pl.DataFrame) -> Loudness | None:
    """None when there is nothing to hear in the whole source."""
    if audio.state is not AudioState.heard:
        return None
    hops = -(-audio.duration_ms // HOP_MS)
    rms = np.full(max(hops, levels.height), -120.0)
    rms[: levels.height] = levels["rms_dbfs"].to_numpy()
    power = moving_mean(10 ** (rms / 10), 1000 // HOP_MS)
    level = 10 * np.log10(np.maximum(power, 1e-12))
    active = level[level > ACTIVE_DBFS]
    median = float(np.median(active)) if len(active) else ACTIVE_DBFS
    excess = np.clip((level - median) / SHOUT_DB, 0, 1)
    for peak in audio.peaks:
        row = min(peak.time_ms // HOP_MS, len(excess) - 1)
        excess[row] = max(excess[row], min(peak.rise_db / SHOUT_DB, 1.0))
    audible = rms > max(median - AUDIBLE_BELOW_MEDIAN_DB, AUDIBLE_DBFS)
    return Loudness(excess, audible.astype(np.float64))


def energy(loudness: Loudness | None, windows: Windows) -> Floats | None:
    """Six parts the loudest second, four parts how much of the window is loud."""
    if loudness is None:
        return None
    first, end = windows.start_ms // HOP_MS, -(-windows.end_ms // HOP_MS)
    loudest = np.maximum(RangeMax(loudness.excess).over(first, end), 0)
    mean = RangeSum(loudness.excess).over(first, end) / np.maximum(end - first, 1)
    blended: Floats = 0.6 * loudest + 0.4 * np.minimum(3 * mean, 1)
    return blended


def keyword_density(
    transcript: Transcript, triggers: Sequence[Trigger], windows: Windows
) -> Floats | None:
    """Triggers and terms of the talk for the time they are said in; None without words."""
    words = transcript.words
    if not words:
        return None
    weights = topic_weights([w.text for w in words], [w.span.start_ms for w in words])
    for trigger in triggers:
        weights[trigger.word] += trigger.weight
    weight = RangeSum(weights).over(windows.first_word, windows.end_word)
    half_minutes = np.maximum(windows.duration_ms, SHORTEST_FOR_DENSITY_MS) / 30_000
    density: Floats = 1 - np.exp(-weight / half_minutes / TRIGGERS_PER_HALF_MINUTE)
    return density


def scene_density(cuts_ms: Sequence[int], duration_ms: int, windows: Windows) -> Floats | None:
    """Cuts a minute against the source's own rate; None for a source without cuts."""
    if not cuts_ms:
        return None
    cuts = np.asarray(cuts_ms)
    inside = np.searchsorted(cuts, windows.end_ms, side="left") - np.searchsorted(
        cuts, windows.start_ms, side="right"
    )
    expected = len(cuts) * windows.duration_ms / duration_ms
    smoothed = (inside + 1) / (expected + 1)
    return np.clip(np.where(inside > 0, smoothed / BUSY, 0), 0, 1)


def sentiment_change(transcript: Transcript, windows: Windows, *, english: bool) -> Floats | None:
    """Half the distance of the brightest utterance from the darkest one.

    None without words, in other languages than English, and where no word has any mood.
    """
    utterances = transcript.utterances
    scores = moods([transcript.text_of(u) for u in utterances]) if english else np.zeros(0)
    if not scores.any():
        return None
    middles = np.array([(u.first + u.last + 1) / 2 for u in utterances])
    first = np.searchsorted(middles, windows.first_word, side="left")
    end = np.searchsorted(middles, windows.end_word, side="left")
    swing = RangeMax(scores).over(first, end) + RangeMax(-scores).over(first, end)
    return np.clip(np.where(end > first, swing, 0) / 2, 0, 1)


def liveliness(
    transcript: Transcript,
    loudness: Loudness | None,
    scenes: Sequence[Scene],
    windows: Windows,
) -> Floats:
    """Share of each window in which something goes on, 0…1.

    That is speech or sound and, in a source where nobody speaks, movement.
    """
    duration = np.maximum(windows.duration_ms, 1)
    spoken = RangeSum(np.array([float(w.span.duration_ms) for w in transcript.words]))
    share = spoken.over(windows.first_word, windows.end_word) / duration
    if loudness is not None:
        heard = RangeSum(loudness.audible * HOP_MS)
        audible = heard.over(windows.start_ms // HOP_MS, -(-windows.end_ms // HOP_MS))
        share = np.maximum(share, audible / duration)
    if not transcript.words:
        moving = _moving_until(scenes, windows.end_ms) - _moving_until(scenes, windows.start_ms)
        share = np.maximum(share, moving / duration)
    return np.minimum(share, 1)


def _moving_until(scenes: Sequence[Scene], times_ms: Ints) -> Floats:
    """Milliseconds of moving picture before each time."""
    if not scenes:
        return np.zeros(len(times_ms))
    bounds = [scenes[0].span.start_ms, *(scene.span.end_ms for scene in scenes)]
    moving = [scene.span.duration_ms if scene.motion >= MOVING else 0 for scene in scenes]
    until: Floats = np.interp(times_ms, bounds, np.concatenate([[0], np.cumsum(moving)]))
    return until
