"""The chunks of all jobs with their full-text index, a table for each language.

Words are found by their stems in the language's own way, without regard to case and
accents; text without spaces is divided into words by ICU's dictionaries.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cliply.domain.ids import JobId
from cliply.domain.search import Chunk
from cliply.domain.timing import TimeRange
from cliply.search import rows
from cliply.search.database import failures, find_table, get_table, table_names

if TYPE_CHECKING:
    from lancedb.db import DBConnection
    from lancedb.table import Table

PREFIX = "chunks_"
STEMMED = {
    "ar": "Arabic", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "hu": "Hungarian", "it": "Italian",
    "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "ta": "Tamil", "tr": "Turkish",
}  # fmt: skip
"""Languages whose stems the index knows; in all others words are found as they stand."""
UNSTEMMED = "any"
TELLING = 0.2
"""Share of the best score under which a chunk has only words in common that say little."""


class FoundChunk(NamedTuple):
    """A chunk that shares words with a query."""

    job_id: JobId
    span: TimeRange
    text: str
    score: float
    """BM25: above 0, without upper bound; comparable within one search only."""


def create_chunk_table(database: "DBConnection", language: str) -> None:
    """Make the table of a language with its index; see `rows.create_missing`."""
    import pyarrow as pa
    from lancedb.index import FTS

    schema = rows.schema_of(("start_ms", pa.int64()), ("end_ms", pa.int64()), ("text", pa.string()))
    table = rows.create_missing(database, table_of(language), schema)
    stems = STEMMED.get(_primary(language))
    index = FTS(
        base_tokenizer="icu",
        language=stems or "English",
        stem=stems is not None,
        # The library's stop words are those of all languages at once: `die`, `com`, `4`.
        remove_stop_words=False,
    )
    with failures():
        if not table.list_indices():
            table.create_index("text", config=index)


def put_chunks(
    database: "DBConnection", job_id: JobId, language: str, chunks: Sequence[Chunk]
) -> None:
    """Make these the job's chunks; `language` is BCP 47, and its table is there."""
    name = table_of(language)
    table = get_table(database, name)
    rows.replace(table, job_id, lambda: _columns(chunks))
    for other in text_tables(database):
        if other.name != name:
            rows.remove(other, job_id)
    rows.tidy(table)


def find_chunks(
    database: "DBConnection", query: str, job_id: JobId | None, limit: int
) -> list[FoundChunk]:
    """Chunks with words of the query, best first; the query is words, never a syntax."""
    found = [
        chunk for table in text_tables(database) for chunk in _search(table, query, job_id, limit)
    ]
    found.sort(key=lambda chunk: (-chunk.score, chunk.job_id.hex, chunk.span.start_ms))
    least = found[0].score * TELLING if found else 0.0
    return [chunk for chunk in found[:limit] if chunk.score >= least]


def text_tables(database: "DBConnection") -> list["Table"]:
    named = [name for name in table_names(database) if name.startswith(PREFIX)]
    found = (find_table(database, name) for name in named)
    return [table for table in found if table is not None]


def table_of(language: str) -> str:
    return PREFIX + (_primary(language) if _primary(language) in STEMMED else UNSTEMMED)


def _primary(language: str) -> str:
    """`en` of `en-US`."""
    return language.replace("_", "-").split("-")[0].lower()


def _columns(chunks: Sequence[Chunk]) -> Iterator[rows.Columns]:
    for first in range(0, len(chunks), rows.BATCH_ROWS):
        some = chunks[first : first + rows.BATCH_ROWS]
        yield {
            "start_ms": [chunk.span.start_ms for chunk in some],
            "end_ms": [chunk.span.end_ms for chunk in some],
            "text": [chunk.text for chunk in some],
        }


def _search(table: "Table", query: str, job_id: JobId | None, limit: int) -> list[FoundChunk]:
    from lancedb.query import MatchQuery

    with failures():
        if not table.list_indices():  # its first writer is between table and index
            return []
        words: Any = MatchQuery  # whose type asks for all of its fields
        asked = table.search(words(query, "text"), query_type="fts")
        if job_id is not None:
            asked = asked.where(rows.of_job(job_id), prefilter=True)
        found = asked.select(["job_id", "start_ms", "end_ms", "text", "_score"]).limit(limit)
        return [_found(row) for row in found.to_list()]


def _found(row: dict[str, Any]) -> FoundChunk:
    return FoundChunk(
        job_id=rows.job_of(row),
        span=TimeRange(start_ms=row["start_ms"], end_ms=row["end_ms"]),
        text=row["text"],
        score=row["_score"],
    )


def text_at(database: "DBConnection", job_id: JobId, span: TimeRange) -> str:
    """The chunk that shares most time with the span; empty when nothing is said there."""
    near = [chunk for table in text_tables(database) for chunk in _meeting(table, job_id, span)]
    best = max(near, key=lambda chunk: chunk.span.overlap_ms(span), default=None)
    return "" if best is None else best.text


def _meeting(table: "Table", job_id: JobId, span: TimeRange) -> Iterator[Chunk]:
    meets = f"{rows.of_job(job_id)} AND start_ms < {span.end_ms} AND end_ms > {span.start_ms}"
    with failures():
        found = table.search().where(meets).select(["start_ms", "end_ms", "text"]).to_list()
    for row in found:
        yield Chunk(
            span=TimeRange(start_ms=row["start_ms"], end_ms=row["end_ms"]), text=row["text"]
        )
