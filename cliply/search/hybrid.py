"""Asks every list that there is for a query: words, meaning, pictures."""

from typing import TYPE_CHECKING

from cliply.domain.ids import JobId
from cliply.domain.search import FoundBy, SearchHit
from cliply.search.embedder import Embedder
from cliply.search.fusion import Found, fuse
from cliply.search.queries import clean_query, subject_of
from cliply.search.texts import find_chunks, text_at
from cliply.search.vectors import VectorTable, chunk_vectors_of, frames_of, nearest

if TYPE_CHECKING:
    from lancedb.db import DBConnection

DEPTH = 60
"""Places of each list that are looked at; more when more hits are wanted."""


def search_tables(
    database: "DBConnection",
    query: str,
    *,
    embedder: Embedder | None = None,
    job_id: JobId | None = None,
    limit: int = 20,
) -> list[SearchHit]:
    """Hits of one workspace, or of one of its jobs, best first.

    The query is a text in any language; nothing in it is an operator. Raises InvalidInput
    with QUERY_EMPTY.
    """
    text = clean_query(query)
    depth = max(DEPTH, 3 * limit)
    lists = {
        FoundBy.words: [
            Found(chunk.job_id, chunk.span, chunk.text)
            for chunk in find_chunks(database, subject_of(text), job_id, depth)
        ]
    }
    if embedder is not None:
        lists |= _by_vectors(database, embedder, text, job_id, depth)
    hits = fuse({by: found for by, found in lists.items() if found or by is FoundBy.words})
    return [_with_text(database, hit) for hit in hits[:limit]]


def _by_vectors(
    database: "DBConnection", embedder: Embedder, text: str, job_id: JobId | None, depth: int
) -> dict[FoundBy, list[Found]]:
    vector = embedder.embed_texts([text])[0]

    def ranked(where: VectorTable) -> list[Found]:
        near = nearest(database, where, vector, job_id, depth)
        return [Found(one.job_id, one.span) for one in near]

    return {
        FoundBy.meaning: ranked(chunk_vectors_of(embedder)),
        FoundBy.picture: ranked(frames_of(embedder)),
    }


def _with_text(database: "DBConnection", hit: SearchHit) -> SearchHit:
    """A hit that was found by vectors alone gets the words that are said there."""
    if hit.text:
        return hit
    text = text_at(database, JobId(hit.job_id), hit.span)
    return hit.model_copy(update={"text": text})
