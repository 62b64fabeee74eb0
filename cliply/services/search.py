"""Finds moments by what was said and shown."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db import sources as source_rows
from cliply.db.session import workspace_session
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.search import SearchHit
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Refusal, Transcript
from cliply.errors import InvalidInput, NotFound
from cliply.search.chunks import make_chunks
from cliply.search.database import IN_MEMORY, SearchPlace
from cliply.search.embedder import Embedder, EmbeddingModel, Loaded, Refused, load_first
from cliply.search.hybrid import search_tables
from cliply.search.pictures import picture_at
from cliply.search.queries import clean_query, subject_of
from cliply.search.texts import create_chunk_table, find_chunks, put_chunks
from cliply.search.vectors import has_vectors
from cliply.storage.keys import artifact_key, search_prefix
from cliply.storage.objects import ObjectStore


@dataclass(frozen=True)
class FoundMoment:
    """A hit with what a person knows the place by."""

    hit: SearchHit
    file_name: str
    clip: str | None
    """Number and title of the clip that shares most of it; None when no clip does."""


def find_moments(
    engine: Engine,
    place: SearchPlace,
    workspace_id: WorkspaceId,
    query: str,
    *,
    job_id: JobId | None = None,
    limit: int = 20,
    embedder: Embedder | None = None,
) -> list[FoundMoment]:
    """The best hits of the workspace, or of one of its jobs, best first (INT-1).

    Raises InvalidInput with QUERY_EMPTY, Unavailable when the tables can not be read.
    """
    with workspace_session(engine, workspace_id) as session:
        return find_in(
            session, place, workspace_id, query, job_id=job_id, limit=limit, embedder=embedder
        )


def find_in(
    session: Session,
    place: SearchPlace,
    workspace_id: WorkspaceId,
    query: str,
    *,
    job_id: JobId | None = None,
    limit: int = 20,
    embedder: Embedder | None = None,
) -> list[FoundMoment]:
    """The same in the transaction of a caller that has pinned the workspace."""
    database = place.below(search_prefix(workspace_id)).connect()
    hits = search_tables(database, query, embedder=embedder, job_id=job_id, limit=limit)
    return _known(session, hits)


def load_for(
    place: SearchPlace, workspace_id: WorkspaceId, models: Sequence[EmbeddingModel]
) -> Loaded:
    """The model to search with: none while the workspace has no vectors of it.

    Loading takes seconds and gigabytes, so a model is loaded only where it finds something.
    """
    database = place.below(search_prefix(workspace_id)).connect()
    refusals: list[Refusal] = []
    for model in models:
        try:
            if has_vectors(database, model.identify()):
                loaded = load_first([model])
                return Loaded(loaded.embedder, (*refusals, *loaded.refusals))
            refusals.append(Refusal(engine=model.name, reason="nothing was indexed with it"))
        except Refused as refused:
            refusals.append(Refusal(engine=model.name, reason=refused.reason))
    return Loaded(None, tuple(refusals))


def thumbnail(store: ObjectStore, workspace_id: WorkspaceId, hit: SearchHit) -> bytes | None:
    """A frame of the hit as JPEG, the one that was found if any; None without a picture."""
    ref = JobRef(workspace_id, JobId(hit.job_id))
    middle_ms = (hit.span.start_ms + hit.span.end_ms) // 2
    try:
        with store.open_ranges(artifact_key(ref, "frames", ".parquet")) as table:
            return picture_at(table, middle_ms if hit.frame_ms is None else hit.frame_ms)
    except NotFound:
        return None


def relevance(transcript: Transcript, prompt: str) -> list[tuple[TimeRange, float]]:
    """How much each stretch of a transcript is about the prompt, best first.

    Spans are those of chunks, of up to 30 s, and overlap by a sentence. The best one has 1,
    the others their share of its BM25 score; a stretch with no word of the prompt is
    left out, so the list is empty when nothing is about it. Needs no index and no model.
    """
    chunks = make_chunks(transcript)
    with suppress(InvalidInput):  # a prompt of blanks is about nothing
        wanted = subject_of(clean_query(prompt))
        database, job_id = SearchPlace(IN_MEMORY).connect(), JobId(UUID(int=0))
        create_chunk_table(database, transcript.language)
        put_chunks(database, job_id, transcript.language, chunks)
        found = find_chunks(database, wanted, job_id, max(1, len(chunks)))
        return [(chunk.span, chunk.score / found[0].score) for chunk in found]
    return []


def _known(session: Session, hits: Sequence[SearchHit]) -> list[FoundMoment]:
    """Without hits of jobs that the workspace has no longer."""
    names = _file_names(session, {JobId(hit.job_id) for hit in hits})
    return [
        FoundMoment(hit, names[JobId(hit.job_id)], _clip_of(session, hit))
        for hit in hits
        if JobId(hit.job_id) in names
    ]


def _file_names(session: Session, job_ids: set[JobId]) -> Mapping[JobId, str]:
    names: dict[JobId, str] = {}
    for job_id in job_ids:
        with suppress(NotFound):
            job = job_rows.get_job(session, job_id)
            names[job_id] = source_rows.get_source_of(session, job).file_name
    return names


def _clip_of(session: Session, hit: SearchHit) -> str | None:
    shared = [
        (hit.span.overlap_ms(clip.span), -clip.slot, clip.title)
        for clip in clip_rows.list_clips(session, JobId(hit.job_id))
    ]
    most_ms, place, title = max(shared, default=(0, 0, ""))
    return f"{1 - place}: {title}" if most_ms else None
