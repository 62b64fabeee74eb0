"""From a file on disk to a stored source, and from a stored source to a probed one."""

from pathlib import Path

from sqlalchemy import Engine

from cliply.db import jobs as job_rows
from cliply.db import sources as source_rows
from cliply.db.models import SourceVideo as SourceRow
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef
from cliply.domain.media import SourceLimits, SourceMedia
from cliply.domain.sources import SourceVideo
from cliply.media.probe import probe
from cliply.storage.objects import ObjectStore


def probe_source(
    engine: Engine, store: ObjectStore, ref: JobRef, limits: SourceLimits | None = None
) -> SourceVideo:
    """Probe the job's source and keep what was found on its row.

    Raises MediaError when the file can not be worked on, NotFound when it is gone.
    """
    with workspace_session(engine, ref.workspace_id) as session:
        row = source_rows.get_source_of(session, job_rows.get_job(session, ref.job_id))
    with store.open_path(row.object_key) as path:
        media = probe(path, limits or SourceLimits())
    with workspace_session(engine, ref.workspace_id) as session:
        source_rows.get_source(session, row.id).media = media
    return as_value(row, media)


def as_value(row: SourceRow, media: SourceMedia) -> SourceVideo:
    """The row as the asset graph hands it on."""
    return SourceVideo(
        source_id=row.id,
        object_key=row.object_key,
        content_hash=row.content_hash,
        file_name=row.file_name,
        media=media,
        transcript_key=row.transcript_key,
        transcript_hash=row.transcript_hash,
    )


def file_suffix(path: Path, default: str) -> str:
    """The file's suffix when it is fit for an object key, else `default`."""
    suffix = path.suffix.lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 9 else default
