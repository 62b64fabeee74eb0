"""Whether the best candidates are the moments that were planted, and what choosing costs."""

import statistics
import time
from collections.abc import Callable, Sequence

from benchmarks.timing import Row
from cliply.domain.jobs import JobSettings
from cliply.domain.timing import TimeRange
from cliply.selection.candidates import select_candidates
from tests.selection.hits import central_spans, found, hit_rate, random_spans
from tests.selection.planted import MomentKind, PlantedTalk, plant
from tests.selection.repeated import repeated

HELD_OUT = range(1_000, 1_040)
"""Seeds that no weight or threshold was tuned on; those below 100 are for tuning and tests."""
BEST = 5
MOST_CPU_S = 3.0
"""For choosing among four hours."""


def measure() -> list[Row]:
    """hit@5 over 40 talks of 20 to 60 min beside two rules, and CPU seconds for 4 h."""
    talks = [plant(seed) for seed in HELD_OUT]
    ours = _mean(talks, best_spans)
    return [
        _row("hit@5 of planted highlights (asked 0.80)", ours, talks, _at_random, "random windows"),
        _row("hit@5 of planted highlights (asked 0.80)", ours, talks, central_spans, "the middle"),
        *_by_kind(talks),
        _cost(),
    ]


def best_spans(talk: PlantedTalk) -> Sequence[TimeRange]:
    """The spans of the best candidates under the usual settings."""
    chosen = select_candidates(
        talk.transcript, talk.features, talk.levels, talk.scenes, JobSettings(), talk.duration_ms
    )
    return [item.span for item in chosen.items[:BEST]]


def _row(
    name: str,
    ours: float,
    talks: Sequence[PlantedTalk],
    rule: Callable[[PlantedTalk], Sequence[TimeRange]],
    against: str,
) -> Row:
    return Row(name, ours, _mean(talks, rule), "", against, len(talks))


def _by_kind(talks: Sequence[PlantedTalk]) -> list[Row]:
    """The share of talks in which the moment of each kind is found."""
    hits = [found(talk, best_spans(talk)) for talk in talks]
    shares = {kind: statistics.fmean(kind in one for one in hits) for kind in MomentKind}
    return [
        Row(f"  {kind.value} moments found", share, 1.0, "", "all of them", len(talks))
        for kind, share in shares.items()
    ]


def _cost() -> Row:
    talk = repeated(plant(HELD_OUT[0], minutes=60), times=4)
    began = time.process_time()
    best_spans(talk)
    took = time.process_time() - began
    return Row("choosing among 4 h, cpu", took, MOST_CPU_S, "s", "3 CPU s", 1, target=1.0)


def _mean(
    talks: Sequence[PlantedTalk], rule: Callable[[PlantedTalk], Sequence[TimeRange]]
) -> float:
    return statistics.fmean(hit_rate(talk, rule(talk)) for talk in talks)


def _at_random(talk: PlantedTalk) -> Sequence[TimeRange]:
    return random_spans(talk, seed=talk.duration_ms)
