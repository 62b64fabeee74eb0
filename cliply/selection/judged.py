"""Windows with what each is worth, and candidates written down from them."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from cliply.domain.audio import SoundEvent
from cliply.domain.candidates import Candidate, EnergyParts
from cliply.domain.timing import TimeRange
from cliply.selection.edges import Flaw
from cliply.selection.keywords import Trigger
from cliply.selection.material import Material
from cliply.selection.reactions import strength
from cliply.selection.reasons import explain, strong_words
from cliply.selection.scoring import Scores
from cliply.selection.titles import make_title
from cliply.selection.windows import Windows

SHOWN_TRIGGERS = 8


@dataclass(frozen=True)
class Judged:
    """Windows of one source and their scores; windows are told by index."""

    material: Material
    windows: Windows
    scores: Scores

    def span(self, index: int) -> TimeRange:
        return TimeRange(
            start_ms=int(self.windows.start_ms[index]), end_ms=int(self.windows.end_ms[index])
        )

    def score(self, index: int) -> float:
        """To four digits, as it is shown."""
        return round(float(self.scores.final[index]), 4)

    def lines(self, index: int) -> str:
        """What is said, a line for each utterance."""
        first, end = self._words(index)
        return "\n".join(self.material.lines(first, end))

    def reason(self, index: int) -> str:
        """What speaks for the window, then what was taken off for its edges."""
        parts, span = self.scores.parts(index), self.span(index)
        flaws = [Flaw(self.windows.opening[index]), Flaw(self.windows.ending[index])]
        sounds = self._sounds(span)
        loudness = self.material.loudness
        return explain(
            span, parts, self._triggers(index), self._cuts(span), loudness, flaws, sounds
        )

    def candidate(
        self, index: int, candidate_id: str, *, title: str | None = None, reason: str | None = None
    ) -> Candidate:
        """The window as a candidate; title and reason are its own when none are given."""
        first, end = self._words(index)
        span, scores = self.span(index), self.scores
        if title is None:
            title = make_title(self.lines(index), span.start_ms)
        return Candidate(
            candidate_id=candidate_id,
            span=span,
            score=self.score(index),
            parts=scores.parts(index),
            title=title,
            text=" ".join(word.text for word in self.material.transcript.words[first:end]),
            reason=self.reason(index) if reason is None else reason,
            completeness=round(float(scores.completeness[index]), 4),
            relevance=None
            if scores.relevance is None
            else round(float(scores.relevance[index]), 4),
            energy_parts=self._energy_parts(index),
            triggers=tuple(strong_words(self._triggers(index)))[:SHOWN_TRIGGERS],
            sounds=tuple(self._sounds(span)),
            cuts=self._cuts(span),
        )

    def _words(self, index: int) -> tuple[int, int]:
        return int(self.windows.first_word[index]), int(self.windows.end_word[index])

    def _triggers(self, index: int) -> list[Trigger]:
        first, end = self._words(index)
        return [hit for hit in self.material.triggers if first <= hit.word < end]

    def _sounds(self, span: TimeRange) -> list[SoundEvent]:
        events = self.material.audio.events
        return [e for e in events if span.contains(e.span.start_ms) and strength(e) > 0]

    def _cuts(self, span: TimeRange) -> int:
        cuts_ms = self.material.cuts_ms
        return bisect_left(cuts_ms, span.end_ms) - bisect_right(cuts_ms, span.start_ms)

    def _energy_parts(self, index: int) -> EnergyParts | None:
        energy = self.scores.energy
        if energy is None:
            return None
        return EnergyParts(
            loudness=round(float(energy.loudness[index]), 4),
            reactions=round(float(energy.reactions[index]), 4),
        )
