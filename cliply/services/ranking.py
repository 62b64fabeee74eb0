"""Ranks the candidates of a job as its settings ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from cliply.domain.candidates import CandidateList
from cliply.domain.jobs import JobSettings
from cliply.domain.ranking import Ranking
from cliply.selection.ranking.providers import Provider
from cliply.selection.ranking.ranker import rank


@dataclass(frozen=True)
class Panel:
    """Who is asked, in this order, and how long each may take."""

    providers: Sequence[Provider] = ()
    timeout_s: float = 20.0

    @property
    def signature(self) -> list[str]:
        """Changes whenever another ranking could come out; no secret is in it."""
        return [provider.signature for provider in self.providers]


def rank_candidates(chosen: CandidateList, settings: JobSettings, panel: Panel) -> Ranking:
    """All candidates, best first; given spans and chapters stay in order and get words alone."""
    return rank(
        chosen.items,
        panel.providers,
        settings.clip_limit,
        timeout_s=panel.timeout_s,
        keep_order=settings.selection.mode.is_given_order,
    )
