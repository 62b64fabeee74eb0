"""Windows that answer a prompt."""

from dataclasses import dataclass

import numpy as np

from cliply.domain.candidates import NearMiss
from cliply.domain.selection import RelevantSpan
from cliply.domain.timing import TimeRange, clock
from cliply.selection.alike import words_alike
from cliply.selection.lexicon import Lexicon, normalise, vocabulary
from cliply.selection.material import Material
from cliply.selection.misses import SHOWN
from cliply.selection.series import Floats, RangeMax, RangeSum
from cliply.selection.windows import Windows

STEP_MS = 1_000
"""Grid on which relevance is laid."""
LEAST = 0.3
"""A window of less relevance does not answer the prompt."""

REQUESTS = vocabulary(
    """
    part parts clip clips moment moments scene scenes section sections bit bits video find show
    give best where talk talks talking speak speaks speaking discuss discussed discusses explain
    explains mention mentions mentioned tell tells all any every the and for how why who our you
    she his her are was has had not out off its it's
    """
)
"""Words of prompts that describe the wish and not its subject."""


@dataclass(frozen=True)
class PromptFocus:
    """A prompt and what the source has to say to it."""

    prompt: str
    spans: tuple[RelevantSpan, ...]
    material: Material

    least = LEAST

    def relevance(self, windows: Windows) -> Floats:
        """Half the best stretch of each window, half its mean."""
        grid = np.zeros(self.material.duration_ms // STEP_MS + 1)
        for span, score in self.spans:
            part = slice(span.start_ms // STEP_MS, -(-span.end_ms // STEP_MS))
            grid[part] = np.maximum(grid[part], score)
        first, end = windows.start_ms // STEP_MS, -(-windows.end_ms // STEP_MS)
        best = np.maximum(RangeMax(grid).over(first, end), 0)
        mean = RangeSum(grid).over(first, end) / np.maximum(end - first, 1)
        relevance: Floats = np.clip((best + mean) / 2, 0, 1)
        return relevance

    def explain(self, span: TimeRange) -> str:
        best, score = max(
            self.spans, key=lambda one: (one[1] if one[0].overlaps(span) else 0, -one[0].start_ms)
        )
        at = clock(max(best.start_ms, span.start_ms))
        return f"Answers “{self.prompt}” best at {at} ({score:.0%} relevant)."

    def explain_absence(self) -> str:
        return (
            f"Nothing in this source answers “{self.prompt}”; ask with other words, or leave the "
            "prompt out for the best moments."
        )

    def near_misses(self) -> tuple[NearMiss, ...]:
        """What search found with too little relevance, the most relevant first; words that are
        written like those of the prompt where it found nothing."""
        best = sorted(self.spans, key=lambda one: (-one[1], one[0].start_ms))[:SHOWN]
        if not best:
            subject = _subject(self.prompt, self.material.lexicon)
            return words_alike(subject, self.material.transcript.words)
        return tuple(
            NearMiss(span=span, score=round(score, 4), why_not=f"It is only {score:.0%} relevant.")
            for span, score in best
        )


def _subject(prompt: str, lexicon: Lexicon) -> list[str]:
    """The words that say what is asked for."""
    words = (normalise(word) for word in prompt.split())
    return [word for word in words if word not in REQUESTS | lexicon.stopwords]
