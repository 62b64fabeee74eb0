import statistics

import pytest

from cliply.domain.jobs import JobSettings
from cliply.domain.timing import TimeRange
from cliply.selection.candidates import select_candidates
from tests.selection.hits import central_spans, found, hit_rate, random_spans
from tests.selection.planted import MomentKind, PlantedTalk, plant

SEEDS = range(5)
BEST = 5


@pytest.fixture(scope="module")
def talks() -> list[PlantedTalk]:
    return [plant(seed) for seed in SEEDS]


def best(talk: PlantedTalk) -> list[TimeRange]:
    chosen = select_candidates(
        talk.transcript, talk.features, talk.levels, talk.scenes, JobSettings(), talk.duration_ms
    )
    return [item.span for item in chosen.items[:BEST]]


def test_four_of_five_planted_moments_are_among_the_five_best(talks: list[PlantedTalk]) -> None:
    chosen = [best(talk) for talk in talks]

    assert statistics.fmean(map(hit_rate, talks, chosen)) >= 0.8
    every = [found(talk, spans) for talk, spans in zip(talks, chosen, strict=True)]
    for kind in MomentKind:
        assert sum(kind in one for one in every) >= len(talks) / 2, kind


def test_chance_and_the_middle_find_few_of_them(talks: list[PlantedTalk]) -> None:
    assert statistics.fmean(hit_rate(talk, random_spans(talk, 1)) for talk in talks) < 0.3
    assert statistics.fmean(hit_rate(talk, central_spans(talk)) for talk in talks) < 0.3


def test_a_talk_has_one_moment_of_each_kind_apart_from_each_other_and_many_decoys() -> None:
    talk = plant(3, minutes=20)

    assert sorted(moment.kind for moment in talk.moments) == sorted(MomentKind)
    assert 20 * 60_000 < talk.duration_ms < 21 * 60_000
    assert len(talk.features.peaks) >= 5
    assert len(talk.features.events) >= 5
    assert plant(3, minutes=20).transcript == talk.transcript
