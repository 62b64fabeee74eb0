"""Moments of a source that could become clips."""

from pydantic import Field, NonNegativeInt

from cliply.domain.audio import SoundEvent
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


class EnergyParts(Value):
    """What the energy of a moment is made of, each 0…1."""

    loudness: float
    """Of speech above the source's ordinary level."""
    reactions: float
    """Laughter, applause and shouts."""


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
    completeness: float = Field(default=1.0, ge=0, le=1)
    """Share of its score that it keeps after the flaws of its edges."""
    relevance: float | None = Field(default=None, ge=0, le=1)
    """How well it answers the prompt or topics; None where neither was given."""
    energy_parts: EnergyParts | None = None
    triggers: tuple[str, ...] = ()
    """The strong words in it, strongest first."""
    sounds: tuple[SoundEvent, ...] = ()
    """Laughter, applause and shouts in it, in order."""
    cuts: NonNegativeInt = 0
    """Scene cuts inside it."""


class NearMiss(Value):
    """A stretch that almost qualified."""

    span: TimeRange
    score: float
    why_not: str


class CandidateList(Value):
    """Candidates of one source, none overlapping: best first, spans and chapters by time."""

    items: tuple[Candidate, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    empty_because: str | None = None
    """One sentence for the tenant when `items` is empty (SEL-7)."""
