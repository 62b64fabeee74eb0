"""What can be searched: the words and, with a model, the pictures of a job."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from clip_assets.describe import describe_index
from clip_assets.partitions import jobs
from clip_assets.queues import goes_to
from clip_assets.retries import EMBED
from clip_assets.steps import may_reuse, tracked
from cliply.domain.ids import JobRef
from cliply.domain.queues import Queue
from cliply.domain.search import IndexedJob
from cliply.domain.transcript import Transcript
from cliply.services.corrections import as_corrected
from cliply.services.indexing import index_job
from cliply.storage.keys import artifact_key
from resources.artifacts import Artifacts
from resources.database import Database
from resources.embedding import Embedding

AFTER_CLIPS = "-10"
"""Nobody waits for it, so whatever else of the run is ready goes first."""


@dg.asset(
    group_name="analysis",
    partitions_def=jobs,
    pool="vision",
    retry_policy=EMBED,
    code_version="1",
    deps=["frames"],
    op_tags={**goes_to(Queue.vision), "dagster/priority": AFTER_CLIPS},
)
def embeddings(
    context: dg.AssetExecutionContext,
    transcript: Transcript,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
    embedding: dg.ResourceParam[Embedding],
) -> Iterator[dg.Output[IndexedJob]]:
    """Chunks with their full-text index, vectors of chunks and frames (ANA-6)."""
    with tracked(context, database, "embeddings") as step, _frames(artifacts, step.ref) as frames:
        loaded = embedding.load()
        made = index_job(
            database.engine,
            embedding.place,
            step.ref,
            as_corrected(database.engine, step.ref, transcript),
            frames,
            loaded,
            reuse=may_reuse(context),
            on_progress=step.row.report,
        )
        step.row.output({"chunks": made.chunks, "frames": made.frames, "model": made.model})
        yield dg.Output(made, metadata=describe_index(made))


@contextmanager
def _frames(artifacts: Artifacts, ref: JobRef) -> Iterator[Path | None]:
    """The job's table of frames; None where its scan kept none."""
    key = artifact_key(ref, "frames", ".parquet")
    if not artifacts.store.exists(key):
        yield None
        return
    with artifacts.store.open_path(key) as path:
        yield path
