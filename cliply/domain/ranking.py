"""What a ranker says about candidates (SEL-3)."""

from pydantic import Field, NonNegativeInt

from cliply.domain.transcript import Refusal
from cliply.domain.value import Value

SIGNALS = "signals"
"""Who ranked when no language model did."""
FAILED = "failed: "
"""How the reason of a provider begins that was asked and did not deliver."""


class RankedCandidate(Value):
    """A judgement of one candidate; its times are those of the candidate and never told."""

    candidate_id: str
    virality: float = Field(ge=0, le=1)
    coherence: float = Field(ge=0, le=1)
    title: str
    description: str = ""
    hashtags: tuple[str, ...] = ()
    """Without `#`, lower case."""
    reason: str


class TokenUse(Value):
    """What a ranking cost."""

    provider: str
    model: str
    requests: NonNegativeInt = 0
    input_tokens: NonNegativeInt = 0
    output_tokens: NonNegativeInt = 0
    cost_usd: float | None = None
    """None when no price is known for the model."""


class Ranking(Value):
    """Candidates of one list, best first, each of them once."""

    items: tuple[RankedCandidate, ...] = ()
    ranked_by: str = SIGNALS
    """Provider and model, or `signals` when none answered."""
    refusals: tuple[Refusal, ...] = ()
    """Providers that were asked first and did not deliver."""
    uses: tuple[TokenUse, ...] = ()
    """Tokens of every provider that was asked, failed ones included."""
    notes: tuple[str, ...] = ()
    """What was held back, such as words of a moment that speak to the ranker."""

    @property
    def is_second_choice(self) -> bool:
        """Whether a provider that is set up failed, so that asking again may give a better one."""
        return any(refusal.reason.startswith(FAILED) for refusal in self.refusals)
