"""Windows in which a topic is said."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cliply.domain.candidates import NearMiss
from cliply.domain.timing import TimeRange, clock
from cliply.domain.transcript import Word
from cliply.selection.alike import words_alike
from cliply.selection.material import Material
from cliply.selection.series import Floats, RangeSum
from cliply.selection.terms import Terms
from cliply.selection.windows import Windows

HITS_PER_HALF_MINUTE = 1.5
"""Topics said in 30 s that make a relevance of 1 - 1/e = 0.63."""
SHORTEST_MS = 20_000
"""Shorter windows count as this long."""


@dataclass(frozen=True)
class TopicFocus:
    """Words and phrases, and where they are said in any form, case or accent."""

    topics: tuple[str, ...]
    hits: tuple[tuple[int, str], ...]
    """Index of a word and the topic that begins there, in order."""
    words: tuple[Word, ...]

    least = 1e-6
    """One hit is enough."""

    @classmethod
    def of(cls, topics: Sequence[str], material: Material) -> "TopicFocus":
        words = material.transcript.words
        terms = Terms.of(words, material.lexicon)
        hits = sorted((word, topic) for topic in topics for word in terms.find(topic))
        return cls(tuple(topics), tuple(hits), words)

    def relevance(self, windows: Windows) -> Floats:
        """How often a topic is said for the length of each window, saturating towards 1."""
        hits = np.zeros(len(self.words))
        for word, _ in self.hits:
            hits[word] += 1
        count = RangeSum(hits).over(windows.first_word, windows.end_word)
        half_minutes = np.maximum(windows.duration_ms, SHORTEST_MS) / 30_000
        relevance: Floats = 1 - np.exp(-count / half_minutes / HITS_PER_HALF_MINUTE)
        return relevance

    def explain(self, span: TimeRange) -> str:
        """Which topics are said how often, and where first."""
        firsts: dict[str, int] = {}
        counts: Counter[str] = Counter()
        for word, topic in self.hits:
            at_ms = self.words[word].span.start_ms
            if span.contains(at_ms):
                firsts.setdefault(topic, at_ms)
                counts[topic] += 1
        told = [
            f"“{topic}” at {clock(firsts[topic])}" + (_again(count))
            for topic, count in counts.most_common()
        ]
        return f"Says {', '.join(told)}."

    def explain_absence(self) -> str:
        names = " or ".join(f"“{topic}”" for topic in self.topics)
        if not self.words:
            return f"No words of this source are known, so {names} can not be found in them."
        return f"Nobody says {names} in this source; try other words, or let --prompt search."

    def near_misses(self) -> tuple[NearMiss, ...]:
        """Words that are written alike, the most alike first."""
        return words_alike(self.topics, self.words)


def _again(count: int) -> str:
    return {1: "", 2: " and once more"}.get(count, f" and {count - 1} more times")
