"""A job's rows in one table: put in place of those before, counted, removed.

New rows are added in one commit before those of the former edition are removed, so a
job is never missing from a search. What is killed between the two leaves both editions;
the next `replace` of the job ends that, and a search shows each moment once anyway.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cliply.domain.ids import JobId
from cliply.search.database import failures, is_overtaken, settled

if TYPE_CHECKING:
    import pyarrow as pa
    from lancedb.db import DBConnection
    from lancedb.table import Table

BATCH_ROWS = 512
KEEP_VERSIONS = timedelta(hours=1)
"""How long removed rows stay on disk for readers that have begun: one query takes a second."""
COMPACT_AT = 24
"""Fragments of a table at which they are merged: a merge rewrites every one of them."""
UNINDEXED = 1_000
"""Rows beside an index that a query may have to read: 20 ms for the words of chunks."""

Columns = dict[str, Sequence[Any]]
"""Values by column name, all of the same length."""


def schema_of(*columns: "tuple[str, pa.DataType]") -> "pa.Schema":
    """Columns of a table of jobs' rows: those given and the two that every one has."""
    import pyarrow as pa

    owned = [("job_id", pa.string()), ("edition", pa.string())]
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in (*owned, *columns)])


def create_missing(database: "DBConnection", name: str, schema: "pa.Schema") -> "Table":
    """The table, new or as it is. Nobody else may create it at the same moment.

    Of two creators the library lets the later one overwrite the other's table, so the
    caller has to hold a lock.
    """
    with failures():
        return database.create_table(name, schema=schema, exist_ok=True)


def of_job(job_id: JobId) -> str:
    """The filter for a job's rows; whatever is no UUID raises TypeError, so no text gets in."""
    if not isinstance(job_id, UUID):
        raise TypeError("a job id is a UUID")
    return f"job_id = '{job_id.hex}'"


def job_of(row: dict[str, Any]) -> JobId:
    return JobId(UUID(row["job_id"]))


def replace(table: "Table", job_id: JobId, rows: Callable[[], Iterator[Columns]]) -> None:
    """Make these the job's rows; memory does not grow with their number.

    `rows` is called once for each try and gives groups of rows without `job_id` and
    `edition`. Of two writers of one job the later one's rows stay.
    """
    edition = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    with failures():
        settled(lambda: table.add(_batches(table.schema, job_id, edition, rows())))
        settled(lambda: _remove_before(table, job_id, edition))


def remove_former(table: "Table", job_id: JobId) -> None:
    """Leave the newest edition alone: what a kill between adding and removing left over."""
    with failures():
        settled(lambda: _remove_before(table, job_id, ""))


def remove(table: "Table", job_id: JobId) -> None:
    with failures():
        settled(lambda: table.delete(of_job(job_id)))


def count(table: "Table", job_id: JobId) -> int:
    """Rows of the job's newest edition."""
    with failures():
        newest = newest_edition(table, of_job(job_id))
        return table.count_rows(f"{of_job(job_id)} AND edition = '{newest}'") if newest else 0


def newest_edition(table: "Table", condition: str) -> str | None:
    """The mark of the rows that were written last; marks sort by the time of writing."""
    found = table.search().where(condition).select(["edition"]).to_batches(BATCH_ROWS)
    return max(
        (max(batch.column(0).to_pylist()) for batch in found if batch.num_rows), default=None
    )


def tidy(table: "Table", *, unindexed: int = UNINDEXED, at_once: bool = False) -> None:
    """Merge what many jobs have written, and bring the indices up to date.

    Rows are found without it, only slower; so where other writers keep overtaking, the
    next one does it.
    """
    with failures():
        if at_once or _small_fragments(table) >= COMPACT_AT or _unindexed(table) >= unindexed:
            _optimize(table)


def _small_fragments(table: "Table") -> int:
    stats: Any = table.stats()  # a dictionary, whatever its type says
    return int(stats["fragment_stats"]["num_small_fragments"])


def _unindexed(table: "Table") -> int:
    """Most rows that one of the table's indices does not know yet."""
    stats = (table.index_stats(index.name) for index in table.list_indices())
    return max((found.num_unindexed_rows for found in stats if found), default=0)


def _optimize(table: "Table") -> None:
    try:
        table.optimize(cleanup_older_than=KEEP_VERSIONS)
    except RuntimeError as error:
        if not is_overtaken(error):
            raise


def _remove_before(table: "Table", job_id: JobId, edition: str) -> None:
    newest = max(edition, newest_edition(table, of_job(job_id)) or "")
    table.delete(f"{of_job(job_id)} AND edition < '{newest}'")


def _batches(
    schema: "pa.Schema", job_id: JobId, edition: str, rows: Iterator[Columns]
) -> "pa.RecordBatchReader":
    import pyarrow as pa

    def batch(columns: Columns) -> "pa.RecordBatch":
        length = len(next(iter(columns.values())))
        owned = {"job_id": [job_id.hex] * length, "edition": [edition] * length}
        every = owned | columns
        return pa.record_batch(
            [_array(every[field.name], field.type) for field in schema], schema=schema
        )

    return pa.RecordBatchReader.from_batches(schema, (batch(columns) for columns in rows))


def _array(values: Sequence[Any], kind: "pa.DataType") -> "pa.Array":
    import pyarrow as pa

    if pa.types.is_fixed_size_list(kind):
        flat = pa.array(values.reshape(-1), kind.value_type)  # type: ignore[attr-defined]
        return pa.FixedSizeListArray.from_arrays(flat, kind.list_size)
    return pa.array(values, kind)


def columns_of(batch: "pa.RecordBatch") -> Columns:
    """What `replace` takes, from what a table or file gives."""
    import pyarrow as pa

    found: Columns = {}
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if pa.types.is_fixed_size_list(field.type):
            flat = column.flatten().to_numpy(zero_copy_only=False)
            found[field.name] = flat.reshape(-1, field.type.list_size)
        else:
            found[field.name] = column.to_pylist()
    return found
