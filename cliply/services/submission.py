"""A file and what is wanted of it become a stored source and a job."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine

from cliply.db import sources as source_rows
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef, SourceId, WorkspaceId
from cliply.domain.jobs import JobSettings
from cliply.domain.media import SourceLimits, SourceMedia
from cliply.domain.progress import OnProgress, unwatched
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.hashing import hash_file
from cliply.media.probe import probe
from cliply.services import jobs
from cliply.services.attachments import resolve
from cliply.services.brand import branded
from cliply.services.sources import file_suffix
from cliply.speech.sidecar import parse_sidecar
from cliply.storage.keys import sidecar_key, source_key
from cliply.storage.objects import ObjectStore

Probe = Callable[[Path, SourceLimits], SourceMedia]
"""Looks at a file; raises MediaError."""

Put = Callable[[str], object]
"""Stores the media under this key."""


@dataclass(frozen=True)
class Offer:
    """A file that has been looked at and can be worked on."""

    path: Path
    media: SourceMedia
    content_hash: str
    transcript: Path | None
    transcript_hash: str | None
    file_name: str
    """As its owner calls it."""


def examine(
    path: Path,
    transcript: Path | None,
    *,
    limits: SourceLimits | None = None,
    file_name: str | None = None,
    look: Probe = probe,
    on_progress: OnProgress = unwatched,
) -> Offer:
    """Refuse what can not be worked on before anything is stored.

    Raises MediaError for the media and InvalidInput for the transcript.
    """
    media = look(path, limits or SourceLimits())
    transcript_hash = None
    if transcript is not None:
        parse_sidecar(_read(transcript), transcript.name, media.duration_ms)
        transcript_hash = hash_file(transcript)
    content_hash = hash_file(path, on_progress=on_progress)
    return Offer(path, media, content_hash, transcript, transcript_hash, file_name or path.name)


def submit(
    engine: Engine,
    store: ObjectStore,
    workspace_id: WorkspaceId,
    offer: Offer,
    settings: JobSettings,
    *,
    with_run_request: bool,
    on_progress: OnProgress = unwatched,
) -> JobRef:
    """Store the source and its job; the same file with the same wishes is the same job.

    Job and run request are written in one transaction, after the objects they speak of.
    Raises InvalidInput, before anything is stored, when the edit names a missing file.
    """
    with workspace_session(engine, workspace_id) as session:
        resolve(session, branded(session, settings.edit))
    source_id = stored_source(engine, store, workspace_id, offer, on_progress=on_progress)
    with workspace_session(engine, workspace_id) as session:
        source = source_rows.get_source(session, source_id)
        job = jobs.create_job(session, source, settings, with_run_request=with_run_request)
        return JobRef(workspace_id, job.id)


def stored_source(
    engine: Engine,
    store: ObjectStore,
    workspace_id: WorkspaceId,
    offer: Offer,
    *,
    put: Put | None = None,
    on_progress: OnProgress = unwatched,
) -> SourceId:
    """The row of the source, stored now unless the same files are there already.

    `put` is how the media get there, if not from the file.
    """
    with workspace_session(engine, workspace_id) as session:
        known = source_rows.find_source(session, offer.content_hash, offer.transcript_hash)
        twin = source_rows.find_media(session, offer.content_hash)
    if known is not None and store.exists(known.object_key):
        return known.id
    source_id = known.id if known else SourceId(uuid4())
    if twin is not None and store.exists(twin.object_key):
        object_key = twin.object_key
    else:
        object_key = source_key(workspace_id, source_id, file_suffix(offer.path, ".bin"))
        if put is not None:
            put(object_key)
        else:
            store.put_file(object_key, offer.path, on_progress=on_progress)
    transcript_key = None
    if offer.transcript is not None:
        suffix = file_suffix(offer.transcript, ".txt")
        transcript_key = sidecar_key(workspace_id, source_id, suffix)
        store.put_file(transcript_key, offer.transcript)
    with workspace_session(engine, workspace_id) as session:
        row = jobs.store_source(
            session,
            workspace_id,
            source_id=source_id,
            object_key=object_key,
            content_hash=offer.content_hash,
            file_name=offer.file_name,
            size_bytes=offer.media.size_bytes,
            transcript_key=transcript_key,
            transcript_hash=offer.transcript_hash,
        )
        return row.id


def _read(transcript: Path) -> bytes:
    try:
        return transcript.read_bytes()
    except OSError as error:
        raise InvalidInput(
            ErrorCode.transcript_unreadable,
            f"The transcript {transcript} can not be read ({error.strerror}); check its path.",
        ) from error
