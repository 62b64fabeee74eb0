"""Several ranked lists become one list of hits, each stretch of a source once.

Reciprocal rank fusion: Cormack, Clarke, Buettcher, "Reciprocal Rank Fusion outperforms
Condorcet and individual Rank Learning Methods", SIGIR 2009.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cliply.domain.ids import JobId
from cliply.domain.search import FoundBy, SearchHit
from cliply.domain.timing import TimeRange

K = 60
"""Dampens the lead of the first places; the paper's value."""
NEAR_MS = 2_000
"""Stretches of one job that lie closer than this are one hit, unless it grew too long."""
LONGEST_MS = 60_000
"""Two chunks that share a sentence are one hit; a whole talk about the query is several."""


class Found(NamedTuple):
    """One place of a ranked list."""

    job_id: JobId
    span: TimeRange
    text: str = ""


Lists = Mapping[FoundBy, Sequence[Found]]
"""Ranked lists, best first, by what found them."""


def fuse(lists: Lists) -> list[SearchHit]:
    """Hits in order of their score. A list counts once in a hit, with its best place there."""
    hits: list[_Hit] = []
    for by, rank, found in _by_place(lists):
        near = next((hit for hit in hits if hit.takes(found)), None)
        if near is None:
            near = _Hit(found.job_id, found.span)
            hits.append(near)
        near.add(by, rank, found)
    best = len(lists) / (K + 1)
    made = [hit.as_hit(best) for hit in hits]
    return sorted(made, key=lambda hit: (-hit.score, hit.job_id.hex, hit.span.start_ms))


def _by_place(lists: Lists) -> Iterator[tuple[FoundBy, int, Found]]:
    """All places, the first of every list before the second of any; chunks before frames."""
    longest = max((len(places) for places in lists.values()), default=0)
    for rank in range(1, longest + 1):
        for by in FoundBy:
            if len(lists.get(by, ())) >= rank:
                yield by, rank, lists[by][rank - 1]


@dataclass
class _Hit:
    """A hit that grows."""

    job_id: JobId
    span: TimeRange
    ranks: dict[FoundBy, int] = field(default_factory=dict)
    texts: dict[TimeRange, str] = field(default_factory=dict)
    frame_ms: int | None = None

    def takes(self, found: Found) -> bool:
        """Whether it is the same stretch, or near it and not too much together."""
        if found.job_id != self.job_id:
            return False
        apart_ms = max(found.span.start_ms, self.span.start_ms) - min(
            found.span.end_ms, self.span.end_ms
        )
        return apart_ms <= NEAR_MS and self._with(found.span).duration_ms <= LONGEST_MS

    def add(self, by: FoundBy, rank: int, found: Found) -> None:
        self.ranks.setdefault(by, rank)  # lists come in order of their places
        self.span = self._with(found.span)
        if found.text:
            self.texts[found.span] = found.text
        if by is FoundBy.picture and self.frame_ms is None:
            self.frame_ms = found.span.start_ms

    def as_hit(self, best: float) -> SearchHit:
        score = sum(1 / (K + rank) for rank in self.ranks.values()) / best
        return SearchHit(
            job_id=self.job_id,
            span=self.span,
            score=min(1.0, score),
            text=next(iter(self.texts.values()), ""),
            frame_ms=self.frame_ms,
            found_by=tuple(by for by in FoundBy if by in self.ranks),
        )

    def _with(self, span: TimeRange) -> TimeRange:
        return TimeRange(
            start_ms=min(self.span.start_ms, span.start_ms),
            end_ms=max(self.span.end_ms, span.end_ms),
        )
