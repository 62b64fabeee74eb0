"""What sets windows of a source apart besides their sound: words, cuts, mood; each 0…1."""

from collections.abc import Sequence

import numpy as np

from cliply.domain.audio import HOP_MS
from cliply.domain.mood import MoodSeries
from cliply.domain.scenes import Scene
from cliply.domain.transcript import Transcript
from cliply.selection.energy import Loudness
from cliply.selection.keywords import Trigger, fresh_weights, topic_weights
from cliply.selection.lexicon import Lexicon
from cliply.selection.series import Floats, Ints, RangeMax, RangeSum, contrasted
from cliply.selection.windows import Windows

TRIGGERS_PER_HALF_MINUTE = 6.0
"""Weight of triggers in 30 s that scores 1 - 1/e = 0.63."""
TYPICAL_TRIGGERS = 4.0
"""A talk full of triggers is not held against its moments beyond this weight in 30 s."""
TYPICAL_SHARE = 0.8
"""What is no surprise, as a share of the talk's mean."""
ORDINARY_SHARE = 0.1
"""What a trigger counts that is no surprise: enough to decide where nothing else does."""
SPOKEN_SHARE = 0.75
"""Share of the time of fluent speech that words fill."""
SHORTEST_FOR_DENSITY_MS = 20_000
"""Shorter windows count as this long, so that one word does not make one dense."""
BUSY = 6.0
"""Standard deviations of the number of cuts that score 1."""
TYPICAL_CHANGE = 0.4
"""Most change of mood that counts as ordinary."""
MOVING = 0.5
"""Mean change of neighbouring frames, in HSV levels, above which a picture moves."""


def keyword_density(
    transcript: Transcript, triggers: Sequence[Trigger], lexicon: Lexicon, windows: Windows
) -> Floats | None:
    """Triggers and terms of the talk for the time they are said in, above what the talk has
    anyway; None without words."""
    words = transcript.words
    if not words:
        return None
    starts = [word.span.start_ms for word in words]
    weights = topic_weights([word.text for word in words], starts, lexicon)
    for trigger, weight in zip(triggers, fresh_weights(triggers, starts), strict=True):
        weights[trigger.word] += weight
    said = RangeSum(weights).over(windows.first_word, windows.end_word)
    half_minutes = np.maximum(windows.duration_ms, SHORTEST_FOR_DENSITY_MS) / 30_000
    dense = said / half_minutes
    excess = np.maximum(dense - _typical(weights, transcript), ORDINARY_SHARE * dense)
    return contrasted(1 - np.exp(-excess / TRIGGERS_PER_HALF_MINUTE))


def _typical(weights: Floats, transcript: Transcript) -> float:
    """The weight in 30 s that nobody is surprised by in this talk."""
    spoken_ms = sum(word.span.duration_ms for word in transcript.words) / SPOKEN_SHARE
    mean = float(weights.sum()) * 30_000 / max(spoken_ms, 30_000.0)
    return min(TYPICAL_SHARE * mean, TYPICAL_TRIGGERS)


def scene_density(cuts_ms: Sequence[int], duration_ms: int, windows: Windows) -> Floats | None:
    """Cuts above half of what the source has in such a time, in standard deviations of a Poisson
    count, `BUSY` of them being 1; None for a source without cuts."""
    if not cuts_ms:
        return None
    cuts = np.asarray(cuts_ms)
    inside = np.searchsorted(cuts, windows.end_ms, side="left") - np.searchsorted(
        cuts, windows.start_ms, side="right"
    )
    expected = len(cuts) * windows.duration_ms / duration_ms
    return contrasted((inside - expected / 2) / np.sqrt(expected + 1) / BUSY)


def sentiment_change(mood: MoodSeries, transcript: Transcript, windows: Windows) -> Floats | None:
    """The greatest change of mood inside, above what the talk has at a quarter of its sentences.

    None without words, in other languages than English, and where no word has any mood.
    """
    if mood.is_neutral:
        return None
    changes = np.array([one.change for one in mood.moods])
    typical = min(float(np.percentile(changes, 75)), TYPICAL_CHANGE)
    first_words = np.array([utterance.first for utterance in transcript.utterances])
    first = np.searchsorted(first_words, windows.first_word, side="right")
    end = np.searchsorted(first_words, windows.end_word, side="left")
    greatest = np.where(end > first, RangeMax(changes).over(first, end), 0)
    return contrasted((greatest - typical) / (1 - typical))


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
