from uuid import UUID

import pytest

from cliply.domain.ids import JobId
from cliply.domain.search import FoundBy
from cliply.domain.timing import TimeRange
from cliply.search.fusion import LONGEST_MS, Found, fuse

ONE, OTHER = JobId(UUID(int=1)), JobId(UUID(int=2))


def at(start_s: float, length_s: float = 10, *, job: JobId = ONE, text: str = "") -> Found:
    start_ms = round(start_s * 1000)
    span = TimeRange(start_ms=start_ms, end_ms=start_ms + round(length_s * 1000))
    return Found(job, span, text)


def test_nothing_found_is_no_hits() -> None:
    assert fuse({}) == []
    assert fuse({FoundBy.words: []}) == []


def test_the_first_place_of_every_list_scores_one() -> None:
    (hit,) = fuse({by: [at(0)] for by in FoundBy})

    assert hit.score == pytest.approx(1.0)
    assert hit.found_by == tuple(FoundBy)


def test_scores_are_those_of_reciprocal_ranks() -> None:
    hits = fuse({FoundBy.words: [at(0), at(100)], FoundBy.meaning: [at(100), at(200)]})

    assert [hit.span.start_ms for hit in hits] == [100_000, 0, 200_000]
    expected = [1 / 62 + 1 / 61, 1 / 61, 1 / 62]
    assert [hit.score for hit in hits] == pytest.approx([one * 61 / 2 for one in expected])


def test_what_two_lists_agree_on_beats_the_best_of_one() -> None:
    words = [at(100 * place) for place in range(10)]
    pictures = [at(5_000), *(at(6_000 + 100 * place) for place in range(5)), at(403, 1)]

    (first, *_) = fuse({FoundBy.words: words, FoundBy.picture: pictures})

    assert (first.span.start_ms, first.frame_ms) == (400_000, 403_000)


def test_many_places_of_one_list_in_one_hit_count_once() -> None:
    frames = [at(second, 1) for second in range(20)]

    (hit,) = fuse({FoundBy.picture: frames})

    assert hit.score == pytest.approx(1.0)
    assert (hit.span.start_ms, hit.span.end_ms, hit.frame_ms) == (0, 20_000, 0)


def test_neighbours_are_one_hit_until_it_is_a_minute_long() -> None:
    chunks = [at(8 * place, text=f"t{place}") for place in range(20)]

    hits = fuse({FoundBy.words: chunks})

    assert all(hit.span.duration_ms <= LONGEST_MS for hit in hits)
    assert len(hits) == 3
    assert hits[0].text == "t0"


def test_hits_of_two_jobs_at_the_same_time_stay_apart() -> None:
    hits = fuse({FoundBy.words: [at(0), at(0, job=OTHER)]})

    assert [hit.job_id for hit in hits] == [ONE, OTHER]


def test_both_editions_of_a_chunk_are_one_hit() -> None:
    assert len(fuse({FoundBy.words: [at(0, text="new"), at(0, text="old")]})) == 1
