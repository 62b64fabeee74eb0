"""Mood of spoken sentences, from a lexicon of English words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def moods(texts: Sequence[str]) -> NDArray[np.float64]:
    """VADER's compound score of each text: -1 is dark, 0 neutral, 1 bright.

    Hutto & Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of
    Social Media Text", ICWSM 2014.
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    score = SentimentIntensityAnalyzer().polarity_scores
    return np.array([score(text)["compound"] for text in texts], dtype=np.float64)
