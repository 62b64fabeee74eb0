"""Ranks candidates by the first language model that answers, else by their signals (SEL-3)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cliply.domain.candidates import Candidate
from cliply.domain.ranking import FAILED, Ranking, TokenUse
from cliply.domain.transcript import Refusal
from cliply.selection.ranking.asking import Declined, ask
from cliply.selection.ranking.judging import by_signals, find_notes, judge
from cliply.selection.ranking.prompt import make_request
from cliply.selection.ranking.providers import Provider

WHOLE_S = 50.0
"""Of the 60 s that the step may take, for all providers together."""
LEAST_S = 2.0
"""A provider with less time left is not asked."""


@dataclass
class Asked:
    """What came of the providers so far."""

    refusals: list[Refusal] = field(default_factory=list)
    uses: list[TokenUse] = field(default_factory=list)

    def refuse(self, provider: Provider, reason: str) -> None:
        self.refusals.append(Refusal(engine=provider.name, reason=reason))


def rank(
    candidates: Sequence[Candidate],
    providers: Sequence[Provider],
    max_clips: int,
    *,
    timeout_s: float,
    keep_order: bool = False,
    whole_s: float = WHOLE_S,
    clock: Callable[[], float] = time.monotonic,
) -> Ranking:
    """Every candidate once, best first; `candidates` are best first by score.

    Providers are asked in their order, each for at most `timeout_s` and all together for
    `whole_s`. Nothing is asked of those that miss a key. A failure of all of them is a
    ranking by signals. With `keep_order` the order is that of the list: the model gives words
    and points alone.
    """
    asked = Asked()
    ends_at = clock() + whole_s
    for provider in providers if candidates else ():
        left_s = min(timeout_s, ends_at - clock())
        if provider.missing:
            asked.refuse(provider, provider.missing)
        elif left_s < min(LEAST_S, timeout_s):
            asked.refuse(provider, f"{FAILED}no time was left")
        elif ranking := _ranked_by(provider, candidates, max_clips, left_s, asked):
            return _in_order_of(candidates, ranking) if keep_order else ranking
    items = tuple(map(by_signals, candidates))
    return Ranking(items=items, refusals=tuple(asked.refusals), uses=tuple(asked.uses))


def _ranked_by(
    provider: Provider, candidates: Sequence[Candidate], max_clips: int, left_s: float, asked: Asked
) -> Ranking | None:
    request = make_request(candidates, max_clips)
    try:
        answer, use = ask(provider, request, left_s)
    except Declined as declined:
        asked.uses.append(declined.use)
        asked.refuse(provider, FAILED + declined.reason)
        return None
    return Ranking(
        items=judge(candidates, request, answer),
        ranked_by=provider.label,
        refusals=tuple(asked.refusals),
        uses=(*asked.uses, use),
        notes=find_notes(candidates, request),
    )


def _in_order_of(candidates: Sequence[Candidate], ranking: Ranking) -> Ranking:
    judged = {one.candidate_id: one for one in ranking.items}
    return ranking.model_copy(update={"items": tuple(judged[c.candidate_id] for c in candidates)})
