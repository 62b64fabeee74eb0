"""Vectors of jobs: nearest first, told apart by job, the same with and without an index."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from cliply.domain.ids import JobId
from cliply.search import rows
from cliply.search.database import SearchPlace, get_table
from cliply.search.embedder import Vectors
from cliply.search.open_clip import unit_rows
from cliply.search.vectors import (
    VectorTable,
    count_vectors,
    create_vector_table,
    has_vectors,
    nearest,
    put_vectors,
    tidy_vectors,
)

WHERE = VectorTable("frames", "ViT-B-32 (mine)", 16)
DIGEST = "ab" * 32


def job(number: int) -> JobId:
    return JobId(UUID(int=number))


def directions(count: int, seed: int) -> Vectors:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, WHERE.dimension)))


def put(database: Any, number: int, vectors: Vectors) -> None:
    def groups() -> Iterator[rows.Columns]:
        starts_ms = [1000 * place for place in range(len(vectors))]
        yield {
            "start_ms": starts_ms,
            "end_ms": [start_ms + 1000 for start_ms in starts_ms],
            "motion": [0.0] * len(vectors),
            "vector": vectors,
        }

    put_vectors(database, WHERE, job(number), DIGEST, groups)


@pytest.fixture
def database(tmp_path: Path) -> Any:
    opened = SearchPlace(tmp_path.as_uri()).connect()
    create_vector_table(opened, WHERE)
    return opened


def found(database: Any, vector: Vectors, only: int | None = None) -> list[tuple[int, int]]:
    """Job and second of the ten nearest."""
    job_id = None if only is None else job(only)
    near = nearest(database, WHERE, vector, job_id, 10)
    return [(one.job_id.int, one.span.start_ms // 1000) for one in near]


def test_a_table_is_called_after_model_and_dimension_in_plain_letters() -> None:
    assert WHERE.name == "frames_vit_b_32_mine_16"


def test_the_most_similar_come_first_with_their_cosine(database: Any) -> None:
    vectors = directions(50, seed=1)
    put(database, 1, vectors)
    wanted = directions(1, seed=2)[0]

    near = nearest(database, WHERE, wanted, None, 50)

    order = np.argsort(-(vectors @ wanted))
    assert [one.span.start_ms // 1000 for one in near] == list(order)
    assert [one.similarity for one in near] == pytest.approx(
        list((vectors @ wanted)[order]), abs=1e-5
    )


def test_jobs_are_told_apart(database: Any) -> None:
    vectors = directions(20, seed=1)
    put(database, 1, vectors)
    put(database, 2, vectors)

    assert {number for number, _ in found(database, vectors[0])} == {1, 2}
    assert {number for number, _ in found(database, vectors[0], only=2)} == {2}
    assert count_vectors(database, WHERE, job(2)) == 20
    assert count_vectors(database, WHERE, job(3)) == 0


def test_an_index_finds_what_reading_everything_finds(database: Any) -> None:
    for number in range(1, 4):
        put(database, number, directions(300, seed=number))
    wanted = directions(1, seed=9)[0]
    before = found(database, wanted), found(database, wanted, only=2)

    tidy_vectors(get_table(database, WHERE.name), many=900, unindexed=1)
    put(database, 4, directions(300, seed=4))

    indices = get_table(database, WHERE.name).list_indices()
    assert {column for index in indices for column in index.columns} == {"job_id", "vector"}
    assert found(database, wanted, only=2) == before[1]
    without_the_new = [one for one in found(database, wanted) if one[0] != 4]
    assert without_the_new == before[0][: len(without_the_new)]
    assert found(database, directions(300, seed=4)[7])[0] == (4, 7), "new rows are found, too"


def test_what_a_model_has_indexed_is_known_by_its_name(database: Any) -> None:
    assert has_vectors(database, "ViT-B-32 (mine)")
    assert not has_vectors(database, "ViT-B-32")
    assert not has_vectors(database, "ViT-B-32 (mine) 16")


def test_only_a_digest_says_what_vectors_are_made_of(database: Any) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        put_vectors(database, WHERE, job(1), "x' OR '1'='1", lambda: iter([{"start_ms": [1]}]))
