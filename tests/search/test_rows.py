"""A job's rows are replaced whole, whoever dies or writes at the same time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cliply.domain.ids import JobId
from cliply.errors import ErrorCode, Unavailable
from cliply.search import rows
from cliply.search.database import SearchPlace, find_table, table_names
from tests.s3 import S3Storage

ONE, OTHER = JobId(UUID(int=1)), JobId(UUID(int=2))


class Killed(BaseException):
    """The end of a process."""


class Dying:
    """A table in a process that dies when it wants to do this."""

    def __init__(self, table: Any, last_wish: str) -> None:
        self._table = table
        self._last_wish = last_wish

    def __getattr__(self, name: str) -> Any:
        if name == self._last_wish:
            raise Killed
        return getattr(self._table, name)


class Overtaken:
    """A table in which another writer's commit comes first, some times."""

    def __init__(self, table: Any, times: int) -> None:
        self._table = table
        self.times = times

    def __getattr__(self, name: str) -> Any:
        if name in ("add", "delete") and self.times:
            self.times -= 1
            raise RuntimeError("lance error: Retryable commit conflict for version 7: …")
        return getattr(self._table, name)


def numbered(count: int, first: int = 0) -> Iterator[rows.Columns]:
    for start in range(first, first + count, 100):
        end = min(start + 100, first + count)
        yield {"number": list(range(start, end))}


def numbers_of(table: Any, job_id: JobId) -> list[int]:
    """Every row that is there, of whatever edition."""
    found = table.search().where(rows.of_job(job_id)).select(["number"]).to_list()
    return sorted(row["number"] for row in found)


def opened(place: SearchPlace) -> Any:
    import pyarrow as pa

    table = find_table(place.connect(), "numbers")
    schema = rows.schema_of(("number", pa.int64()))
    return table or rows.create_missing(place.connect(), "numbers", schema)


@pytest.fixture
def place(tmp_path: Path) -> SearchPlace:
    return SearchPlace((tmp_path / "search").as_uri())


@pytest.fixture
def table(place: SearchPlace) -> Any:
    return opened(place)


def test_rows_are_replaced_for_one_job_only(table: Any) -> None:
    rows.replace(table, ONE, lambda: numbered(250))
    rows.replace(table, OTHER, lambda: numbered(3))

    rows.replace(table, ONE, lambda: numbered(2, first=500))

    assert numbers_of(table, ONE) == [500, 501]
    assert numbers_of(table, OTHER) == [0, 1, 2]
    rows.replace(table, ONE, lambda: iter(()))
    assert (rows.count(table, ONE), rows.count(table, OTHER)) == (0, 3)


@pytest.mark.parametrize("last_wish", ["add", "delete"])
def test_a_kill_in_the_middle_leaves_no_doubles_after_the_next_try(
    table: Any, last_wish: str
) -> None:
    rows.replace(table, ONE, lambda: numbered(5))

    with pytest.raises(Killed):
        rows.replace(Dying(table, last_wish), ONE, lambda: numbered(7))  # type: ignore[arg-type]

    assert rows.count(table, ONE) == (5 if last_wish == "add" else 7), "one edition is in force"
    rows.replace(table, ONE, lambda: numbered(7))
    assert numbers_of(table, ONE) == list(range(7))


def test_what_a_kill_left_over_can_be_taken_out_alone(table: Any) -> None:
    rows.replace(table, ONE, lambda: numbered(5))
    with pytest.raises(Killed):
        rows.replace(Dying(table, "delete"), ONE, lambda: numbered(7))  # type: ignore[arg-type]
    assert len(numbers_of(table, ONE)) == 12

    rows.remove_former(table, ONE)

    assert numbers_of(table, ONE) == list(range(7))


def test_a_failure_while_rows_are_made_changes_nothing(table: Any) -> None:
    def breaking() -> Iterator[rows.Columns]:
        yield from numbered(3)
        raise OSError("No space left on device")

    rows.replace(table, ONE, lambda: numbered(5))

    with pytest.raises(Unavailable) as full:
        rows.replace(table, ONE, breaking)

    assert full.value.code is ErrorCode.disk_full
    assert numbers_of(table, ONE) == list(range(5))


def test_a_writer_that_is_overtaken_tries_again(table: Any) -> None:
    overtaken = Overtaken(table, times=3)

    rows.replace(overtaken, ONE, lambda: numbered(5))  # type: ignore[arg-type]

    assert (overtaken.times, numbers_of(table, ONE)) == (0, list(range(5)))


def write_jobs(place: SearchPlace, writer: int) -> None:
    """Three jobs, each indexed twice, in a connection of its own."""
    for job in range(3):
        for count in (30, 20):
            job_id = JobId(UUID(int=100 * writer + job))
            rows.replace(opened(place), job_id, lambda count=count: numbered(count))  # type: ignore[misc]
        rows.tidy(opened(place), at_once=True)


def written(place: SearchPlace, writers: int) -> list[int]:
    """Rows of each job after that many writers at the same time."""
    opened(place)
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(lambda writer: write_jobs(place, writer), range(1, writers + 1)))
    table = opened(place)
    return [
        len(numbers_of(table, JobId(UUID(int=100 * writer + job))))
        for writer in range(1, writers + 1)
        for job in range(3)
    ]


def test_writers_of_one_workspace_lose_no_rows_of_each_other(place: SearchPlace) -> None:
    assert written(place, 4) == [20] * 12


def test_two_writers_of_one_job_leave_the_rows_of_one_of_them(place: SearchPlace) -> None:
    opened(place)

    def write(count: int) -> None:
        rows.replace(opened(place), ONE, lambda: numbered(count))

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(write, (10, 20)))
        assert len(numbers_of(opened(place), ONE)) in (10, 20)


def test_a_bucket_serves_as_well_as_a_folder(s3_storage: S3Storage) -> None:
    from cliply.search.database import bucket_options

    options = bucket_options(
        endpoint=s3_storage.endpoint,
        region=s3_storage.region,
        access_key_id=s3_storage.access_key_id,
        secret_access_key=s3_storage.secret_access_key,
    )
    place = SearchPlace(f"s3://{s3_storage.bucket}/rows", options).below("workspace/search")

    assert written(place, 2) == [20] * 6
    assert s3_storage.secret_access_key not in repr(place)
    listed = s3_storage.client().list_objects_v2(Bucket=s3_storage.bucket, Prefix="rows/")
    assert all(
        one["Key"].startswith("rows/workspace/search/numbers.lance/") for one in listed["Contents"]
    )


def test_a_place_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable) as down:
        table_names(SearchPlace((tmp_path / "file" / "search").as_uri()).connect())
    assert down.value.code is ErrorCode.search_unavailable


def test_a_damaged_table_is_told_with_what_to_do(place: SearchPlace, tmp_path: Path) -> None:
    rows.replace(opened(place), ONE, lambda: numbered(5))
    for path in (tmp_path / "search" / "numbers.lance" / "data").iterdir():
        path.write_bytes(b"damaged")

    table = find_table(place.connect(), "numbers")
    assert table is not None
    with pytest.raises(Unavailable, match="materialise `embeddings` again"):
        rows.count(table, ONE)
