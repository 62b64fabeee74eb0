"""Makes a job's words and frames searchable."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from cliply.db.locks import hold_workspace
from cliply.db.session import workspace_session
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.progress import OnProgress, part_of
from cliply.domain.search import Chunk, IndexedJob
from cliply.domain.transcript import Transcript
from cliply.media.frame_table import read_frames
from cliply.search import rows
from cliply.search.chunks import make_chunks
from cliply.search.database import SearchPlace, find_table, table_names
from cliply.search.embedder import Embedder, Loaded
from cliply.search.pictures import count_frames
from cliply.search.spool import VectorSpool
from cliply.search.texts import create_chunk_table, put_chunks
from cliply.search.vectors import (
    VectorTable,
    chunk_vectors_of,
    copy_vectors,
    count_vectors,
    create_vector_table,
    find_origin,
    frames_of,
    put_vectors,
)
from cliply.storage.keys import search_prefix

if TYPE_CHECKING:
    from lancedb.db import DBConnection

BATCH = 32
"""Pictures and texts that are embedded at once (ANA-6)."""
FRAME_MS = 1_000
"""How long a found frame counts as seen: frames are a second apart where things move."""
EMBEDDING_VERSION = "1"
"""Raised when the same model gives other vectors for the same frame or chunk."""

Embed = Callable[[VectorSpool], None]


def index_job(
    engine: Engine,
    place: SearchPlace,
    ref: JobRef,
    transcript: Transcript,
    frames: Path | None,
    loaded: Loaded,
    *,
    reuse: bool,
    on_progress: OnProgress,
) -> IndexedJob:
    """Put the job's chunks and, with a model, its vectors in place of what was there.

    `frames` is its table of frames, None when it has none. With `reuse`, vectors of the
    same content are copied from a job of the workspace that has them. Memory does not
    grow with the source. Raises Unavailable when the tables can not be written.
    """
    database = place.below(search_prefix(ref.workspace_id)).connect()
    _create_tables(engine, ref.workspace_id, database, transcript.language, loaded.embedder)
    chunks = make_chunks(transcript)
    put_chunks(database, ref.job_id, transcript.language, chunks)
    embedder = loaded.embedder
    if embedder is None:
        return IndexedJob(chunks=len(chunks), frames=0, refusals=loaded.refusals)
    job = JobVectors(database, ref.job_id, embedder, reuse)
    reused = []
    if frames is not None and job.index_frames(frames, part_of(on_progress, 0.0, 0.9)):
        reused.append("frames")
    if job.index_chunks(chunks, part_of(on_progress, 0.9, 1.0)):
        reused.append("chunks")
    return IndexedJob(
        chunks=len(chunks),
        frames=count_vectors(database, frames_of(embedder), ref.job_id),
        model=embedder.model,
        dimension=embedder.dimension,
        refusals=loaded.refusals,
        reused=tuple(reused),
    )


def remove_job(place: SearchPlace, ref: JobRef) -> None:
    """Take all rows of the job out of every table (INT-5); a job without rows is no error."""
    database = place.below(search_prefix(ref.workspace_id)).connect()
    for name in table_names(database):
        table = find_table(database, name)
        if table is not None:
            rows.remove(table, ref.job_id)
            rows.tidy(table, at_once=True)


def _create_tables(
    engine: Engine,
    workspace_id: WorkspaceId,
    database: "DBConnection",
    language: str,
    embedder: Embedder | None,
) -> None:
    """Make what is missing, one process at a time."""
    wanted = [frames_of(embedder), chunk_vectors_of(embedder)] if embedder else []
    with workspace_session(engine, workspace_id) as session:
        hold_workspace(session, workspace_id, "search tables")
        create_chunk_table(database, language)
        for where in wanted:
            create_vector_table(database, where)


@dataclass(frozen=True)
class JobVectors:
    """One job on its way into the tables of one model, which are there."""

    database: "DBConnection"
    job_id: JobId
    embedder: Embedder
    reuse: bool

    def index_frames(self, path: Path, on_progress: OnProgress) -> bool:
        """Whether an earlier job's vectors were taken."""
        total = max(1, count_frames(path))

        def embed(spool: VectorSpool) -> None:
            for some in read_frames(path, BATCH):
                vectors = self.embedder.embed_pictures([frame.jpeg for frame in some])
                starts_ms = [frame.time_ms for frame in some]
                ends_ms = [start_ms + FRAME_MS for start_ms in starts_ms]
                spool.add(starts_ms, ends_ms, [frame.motion for frame in some], vectors)
                on_progress(spool.rows / total)

        return self._put(frames_of(self.embedder), _digest_of_file(path), embed)

    def index_chunks(self, chunks: Sequence[Chunk], on_progress: OnProgress) -> bool:
        """Whether an earlier job's vectors were taken."""

        def embed(spool: VectorSpool) -> None:
            for first in range(0, len(chunks), BATCH):
                some = chunks[first : first + BATCH]
                vectors = self.embedder.embed_texts([chunk.text for chunk in some])
                starts_ms = [chunk.span.start_ms for chunk in some]
                ends_ms = [chunk.span.end_ms for chunk in some]
                spool.add(starts_ms, ends_ms, [0.0] * len(some), vectors)
                on_progress(spool.rows / len(chunks))

        return self._put(chunk_vectors_of(self.embedder), _digest_of_chunks(chunks), embed)

    def _put(self, where: VectorTable, content: str, embed: Embed) -> bool:
        made_of = hashlib.sha256(f"{EMBEDDING_VERSION} {content}".encode()).hexdigest()
        if self.reuse:
            origin = find_origin(self.database, where, made_of, first=self.job_id)
            if origin is not None:
                copy_vectors(self.database, where, origin, self.job_id, made_of)
                return True
        with VectorSpool(self.embedder.dimension) as spool:
            embed(spool)
            put_vectors(self.database, where, self.job_id, made_of, spool.groups)
        return False


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of_chunks(chunks: Sequence[Chunk]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk.model_dump_json().encode() + b"\n")
    return digest.hexdigest()
