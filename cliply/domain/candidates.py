"""Moments of a source that could become clips."""

from pydantic import Field

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

WEIGHTS = {
    "energy": 0.30,
    "keywords": 0.25,
    "scene_density": 0.15,
    "sentiment_change": 0.15,
    "game_events": 0.15,
}
"""Share of each signal in the total score (SEL-2)."""


class ScoreParts(Value):
    """Each signal of a candidate, 0…1; None when the source can not have it.

    Signals that are None leave their weight to the others.
    """

    energy: float | None = None
    keywords: float | None = None
    scene_density: float | None = None
    sentiment_change: float | None = None
    game_events: float | None = None

    @property
    def total(self) -> float:
        """Weighted mean of the signals that are there, 0…1."""
        known = {name: getattr(self, name) for name in WEIGHTS if getattr(self, name) is not None}
        weight = sum(WEIGHTS[name] for name in known)
        return sum(WEIGHTS[name] * value for name, value in known.items()) / weight if weight else 0


class Candidate(Value):
    """A moment with locked start and end."""

    candidate_id: str
    """Stable within one candidate list: `m000`, `m001`, … by rank."""
    span: TimeRange
    score: float = Field(ge=0, le=1)
    parts: ScoreParts
    title: str
    text: str
    """The words said in the span."""
    reason: str
    """Why it was chosen, in a person's words."""


class NearMiss(Value):
    """A stretch that almost qualified."""

    span: TimeRange
    score: float
    why_not: str


class CandidateList(Value):
    """Candidates of one source, best first, none overlapping."""

    items: tuple[Candidate, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    empty_because: str | None = None
    """One sentence for the tenant when `items` is empty (SEL-7)."""
