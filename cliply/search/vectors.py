"""Vectors of frames and chunks, a pair of tables for each model and dimension."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cliply.domain.ids import JobId
from cliply.domain.timing import TimeRange
from cliply.search import rows
from cliply.search.database import failures, find_table, get_table, settled, table_names
from cliply.search.embedder import Embedder, Vectors

if TYPE_CHECKING:
    from lancedb.db import DBConnection
    from lancedb.table import Table

MANY = 100_000
"""Vectors from which an index pays: reading all of 144,000 takes 0.5 CPU s, asking it 0.03."""
UNINDEXED = 50_000
"""Vectors beside the index that a query may have to read."""
PROBES, REFINED = 50, 5
"""Cells of the index that are looked into; how many times more rows than wanted are compared by
their full vectors. With both, what was found equals what reading everything finds."""

DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class VectorTable:
    """Where vectors of one kind and one model lie."""

    kind: str
    """`frames` or `chunk_vectors`."""
    model: str
    dimension: int

    @property
    def name(self) -> str:
        plain = re.sub(r"[^a-z0-9]+", "_", self.model.lower()).strip("_")
        return f"{self.kind}_{plain}_{self.dimension}"


class Near(NamedTuple):
    """A frame or chunk near a vector."""

    job_id: JobId
    span: TimeRange
    similarity: float
    """Cosine, -1…1."""


FRAMES, CHUNKS = KINDS = ("frames", "chunk_vectors")


def frames_of(embedder: Embedder) -> VectorTable:
    return VectorTable(FRAMES, embedder.model, embedder.dimension)


def chunk_vectors_of(embedder: Embedder) -> VectorTable:
    return VectorTable(CHUNKS, embedder.model, embedder.dimension)


def create_vector_table(database: "DBConnection", where: VectorTable) -> None:
    """Make the table, with an index of its jobs; see `rows.create_missing`."""
    import pyarrow as pa
    from lancedb.index import Bitmap

    schema = rows.schema_of(
        ("start_ms", pa.int64()),
        ("end_ms", pa.int64()),
        ("motion", pa.float32()),
        ("made_of", pa.string()),
        ("vector", pa.list_(pa.float32(), where.dimension)),
    )
    table = rows.create_missing(database, where.name, schema)
    with failures():
        if not table.list_indices():
            table.create_index("job_id", config=Bitmap())


def has_vectors(database: "DBConnection", model: str) -> bool:
    """Whether anything was ever indexed with the model."""
    heads = {VectorTable(kind, model, 0).name[:-1] for kind in KINDS}
    names = table_names(database)
    return any(
        name.startswith(head) and name[len(head) :].isdigit() for name in names for head in heads
    )


def put_vectors(
    database: "DBConnection",
    where: VectorTable,
    job_id: JobId,
    made_of: str,
    groups: Callable[[], Iterator[rows.Columns]],
) -> None:
    """Make these the job's vectors; `made_of` is the SHA-256 of all that they depend on.

    Columns of each group: `start_ms`, `end_ms`, `motion` and `vector`, an array of one row
    for each.
    """
    digest = _checked(made_of)

    def marked() -> Iterator[rows.Columns]:
        for group in groups():
            yield group | {"made_of": [digest] * len(group["start_ms"])}

    table = get_table(database, where.name)
    rows.replace(table, job_id, marked)
    tidy_vectors(table)


def tidy_vectors(table: "Table", *, many: int = MANY, unindexed: int = UNINDEXED) -> None:
    """Keep queries fast: an index of neighbourhoods from `many` rows on.

    Cells with scalar quantization, refined by the full vectors: for 144,000 vectors it takes
    18 CPU s to make and finds all that reading everything does. Product quantization took
    207 s and found four of five.
    """
    from lancedb.index import IvfSq

    rows.tidy(table, unindexed=unindexed)
    with failures():
        indexed = {column for index in table.list_indices() for column in index.columns}
        if "vector" not in indexed and table.count_rows() >= many:
            settled(lambda: table.create_index("vector", config=IvfSq(distance_type="cosine")))


def find_origin(
    database: "DBConnection", where: VectorTable, made_of: str, *, first: JobId
) -> JobId | None:
    """A job that has vectors made of the same, preferably `first`."""
    table = find_table(database, where.name)
    if table is None:
        return None
    same = f"made_of = '{_checked(made_of)}'"
    with failures():
        for condition in (f"{rows.of_job(first)} AND {same}", same):
            found = table.search().where(condition).select(["job_id"]).limit(1).to_list()
            if found:
                return rows.job_of(found[0])
    return None


def copy_vectors(
    database: "DBConnection", where: VectorTable, origin: JobId, job_id: JobId, made_of: str
) -> None:
    """Give a job the vectors of another, or its own that are there already."""
    table = get_table(database, where.name)
    if origin == job_id:
        rows.remove_former(table, job_id)
    else:
        put_vectors(database, where, job_id, made_of, lambda: _rows_of(table, origin, made_of))


def count_vectors(database: "DBConnection", where: VectorTable, job_id: JobId) -> int:
    table = find_table(database, where.name)
    return 0 if table is None else rows.count(table, job_id)


def nearest(
    database: "DBConnection",
    where: VectorTable,
    vector: Vectors,
    job_id: JobId | None,
    limit: int,
) -> list[Near]:
    """The most similar first; `vector` is one of `where.model`, (dimension,)."""
    table = find_table(database, where.name)
    if table is None:
        return []
    with failures():
        asked: Any = table.search(vector, vector_column_name="vector")
        asked = asked.distance_type("cosine").nprobes(PROBES).refine_factor(REFINED)
        if job_id is not None:
            asked = asked.where(rows.of_job(job_id), prefilter=True)
        found = asked.select(["job_id", "start_ms", "end_ms", "_distance"]).limit(limit).to_list()
    return [
        Near(
            rows.job_of(row),
            TimeRange(start_ms=row["start_ms"], end_ms=row["end_ms"]),
            1.0 - row["_distance"],
        )
        for row in found
    ]


def _rows_of(table: "Table", job_id: JobId, made_of: str) -> Iterator[rows.Columns]:
    """A job's rows that are made of this, in groups."""
    condition = f"{rows.of_job(job_id)} AND made_of = '{_checked(made_of)}'"
    newest = rows.newest_edition(table, condition)
    columns = ["start_ms", "end_ms", "motion", "vector"]
    asked = table.search().where(f"{condition} AND edition = '{newest}'")
    for batch in asked.select(columns).to_batches(rows.BATCH_ROWS):
        yield rows.columns_of(batch)


def _checked(digest: str) -> str:
    if not DIGEST.fullmatch(digest):
        raise ValueError("made_of is a SHA-256 in hexadecimal")
    return digest
