"""Mood of spoken sentences, from a lexicon of English words."""

from collections.abc import Sequence

import numpy as np

from cliply.domain.mood import Mood, MoodSeries
from cliply.domain.transcript import Transcript
from cliply.selection.series import Floats, Ints, RangeSum

AROUND_MS = 15_000
"""How far before and after a moment its change of mood is looked for."""
LEXICON = "vaderSentiment"


def measure_mood(transcript: Transcript) -> MoodSeries:
    """The mood of each utterance and where it changes; empty in other languages than English."""
    if not knows(transcript.language) or not transcript.utterances:
        return MoodSeries()
    scores = moods([transcript.text_of(utterance) for utterance in transcript.utterances])
    spans = [transcript.span_of(utterance) for utterance in transcript.utterances]
    starts = np.array([span.start_ms for span in spans], dtype=np.int64)
    return MoodSeries(
        moods=tuple(
            Mood(span=span, score=round(float(score), 4), change=round(float(change), 4))
            for span, score, change in zip(spans, scores, changes(scores, starts), strict=True)
        ),
        lexicon=LEXICON,
    )


def knows(language: str) -> bool:
    """Whether the lexicon has words of a language, by its BCP 47 tag; `und` is tried."""
    return language.partition("-")[0].lower() in {"en", "und"}


def moods(texts: Sequence[str]) -> Floats:
    """VADER's compound score of each text: -1 is dark, 0 neutral, 1 bright.

    Hutto & Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of
    Social Media Text", ICWSM 2014.
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    score = SentimentIntensityAnalyzer().polarity_scores
    return np.array([score(text)["compound"] for text in texts], dtype=np.float64)


def changes(scores: Floats, starts_ms: Ints) -> Floats:
    """Half the distance of the mood after each utterance's beginning from the mood before, 0…1.

    The mood of a stretch is the mean of its utterances, each counting as much as it has mood,
    so that neutral sentences do not thin it out. The first utterance has no change.
    """
    here = np.arange(len(scores))
    before = np.searchsorted(starts_ms, starts_ms - AROUND_MS, side="left")
    after = np.searchsorted(starts_ms, starts_ms + AROUND_MS, side="right")
    distance = _mood(scores, here, after) - _mood(scores, before, here)
    changed: Floats = np.where(here > 0, np.abs(distance) / 2, 0.0)
    return changed


def _mood(scores: Floats, first: Ints, end: Ints) -> Floats:
    weights = np.abs(scores)
    weight = RangeSum(weights).over(first, end)
    mean: Floats = RangeSum(scores * weights).over(first, end) / np.maximum(weight, 1e-9)
    return np.clip(mean, -1, 1)
