"""Jobs: asked for once, and moved from state to state by one table."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cliply.db import jobs, run_requests, sources
from cliply.db.models import Job, SourceVideo
from cliply.db.session import now
from cliply.domain.ids import JobId, SourceId, UserId, WorkspaceId
from cliply.domain.jobs import (
    ENDED,
    TRANSITIONS,
    JobEventKind,
    JobMode,
    JobSettings,
    JobStatus,
)
from cliply.domain.webhooks import OF_STATUS, EventKind
from cliply.domain.written import as_written
from cliply.errors import CliplyError, Conflict
from cliply.services.outbox import tell_of_job


@dataclass(frozen=True)
class RequestedJob:
    """A job that somebody asked for."""

    job: Job
    is_new: bool
    """False when it had been asked for before."""


def store_source(
    session: Session,
    workspace_id: WorkspaceId,
    *,
    source_id: SourceId,
    object_key: str,
    content_hash: str,
    file_name: str,
    size_bytes: int,
    transcript_key: str | None = None,
    transcript_hash: str | None = None,
) -> SourceVideo:
    """The row of a stored file.

    The same content with the same transcript is one source: the row that is there wins,
    with its own id and keys.
    """
    given = SourceVideo(
        id=source_id,
        workspace_id=workspace_id,
        object_key=object_key,
        content_hash=content_hash,
        file_name=file_name,
        size_bytes=size_bytes,
        transcript_key=transcript_key,
        transcript_hash=transcript_hash,
    )
    return sources.add_source(session, given)


def create_job(
    session: Session,
    source: SourceVideo,
    settings: JobSettings,
    *,
    mode: JobMode = JobMode.vod,
    assets: Sequence[str] = (),
    priority: int = 0,
    reason: str = "submitted",
    with_run_request: bool,
) -> Job:
    """The job of this source, mode and settings; see `request_job`."""
    return request_job(
        session,
        source,
        settings,
        mode=mode,
        assets=assets,
        priority=priority,
        reason=reason,
        with_run_request=with_run_request,
    ).job


def request_job(
    session: Session,
    source: SourceVideo,
    settings: JobSettings,
    *,
    mode: JobMode = JobMode.vod,
    assets: Sequence[str] = (),
    priority: int = 0,
    reason: str = "submitted",
    created_by: UserId | None = None,
    with_run_request: bool,
) -> RequestedJob:
    """A new job with its first event and, if wanted, its run request, all or nothing.

    The same source, mode and settings are the same job: it is returned as it stands and
    nothing is asked of the graph. No `assets` asks for all of them.
    """
    digest = digest_request(source, mode, settings)
    job = jobs.add_job(session, source, mode, settings, digest, created_by=created_by)
    if job is None:
        return RequestedJob(jobs.get_job_by_digest(session, digest), is_new=False)
    jobs.add_event(session, job.ref, JobEventKind.created, {"reason": reason})
    if with_run_request:
        run_requests.add_run_request(session, job.ref, assets, priority=priority, reason=reason)
    tell_of_job(session, EventKind.job_created, job)
    return RequestedJob(job, is_new=True)


def digest_request(source: SourceVideo, mode: JobMode, settings: JobSettings) -> str:
    """SHA-256 of everything that makes two jobs the same job, hexadecimal.

    Defaults are left out, so that a new kind of setting does not make other jobs of all.
    """
    usual = settings.model_dump(mode="json", exclude={"edit"}, exclude_defaults=True)
    files = [source.content_hash, source.transcript_hash]
    wish = [*files, mode, usual, as_written(settings.edit)]
    return hashlib.sha256(json.dumps(wish, sort_keys=True).encode()).hexdigest()


def move_job(
    session: Session,
    job_id: JobId,
    status: JobStatus,
    *,
    error: CliplyError | None = None,
    outcome: str | None = None,
) -> Job:
    """Take the job to another state and write that into its history.

    What an earlier end left (error, outcome, time) is replaced. Raises Conflict when
    `TRANSITIONS` does not lead there, NotFound when there is no such job.
    """
    job = jobs.get_job(session, job_id, lock=True)
    former = job.status
    if status not in TRANSITIONS[former]:
        raise Conflict(
            f"Job {job_id} is {former} and can not become {status}; look at its present state."
        )
    job.status = status
    job.error_code = error.code if error else None
    job.error_message = error.message if error else None
    job.outcome = outcome
    job.finished_at = now(session) if status in ENDED else None
    payload = {"from": former, "to": status, "error_code": job.error_code, "outcome": outcome}
    told = {key: value for key, value in payload.items() if value is not None}
    jobs.add_event(session, job.ref, JobEventKind.moved, told)
    session.flush()
    if status in OF_STATUS:
        tell_of_job(session, OF_STATUS[status], job)
    return job
