"""Jobs: asked for once, and moved from state to state by one table."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from cliply.db import clips as clip_rows
from cliply.db import jobs, run_requests, sources
from cliply.db.models import Job, SourceVideo
from cliply.db.session import now
from cliply.domain.ids import JobId, SourceId, UserId, WorkspaceId
from cliply.domain.job_moves import (
    GUARDED,
    PAUSABLE,
    IllegalMove,
    JobFacts,
    JobMove,
    can_move,
    moved,
)
from cliply.domain.jobs import (
    ENDED,
    JobEventKind,
    JobMode,
    JobSettings,
)
from cliply.domain.webhooks import OF_STATUS, EventKind
from cliply.domain.written import as_written
from cliply.errors import CliplyError, Conflict, ErrorCode
from cliply.services.admission import MOST_WAITING, admit
from cliply.services.outbox import tell_of_job
from cliply.services.remaining import first_assets


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
    most_waiting: int = MOST_WAITING,
    with_run_request: bool,
) -> RequestedJob:
    """A new job with its first event and, if wanted, its run request, all or nothing.

    The same source, mode and settings are the same job, for as long as it is kept: it is
    returned as it stands and nothing is asked of the graph. An archived one stays beside
    the new one: nobody can go on with it. No `assets` asks for all of them. Raises TooMany
    (JOBS_FULL) when `most_waiting` jobs of the workspace wait for a run already.
    """
    digest = digest_request(source, mode, settings)
    jobs.part_from_archived(session, digest)
    job = jobs.add_job(
        session, source, mode, settings, digest, priority=priority, created_by=created_by
    )
    if job is None:
        return RequestedJob(jobs.get_job_by_digest(session, digest), is_new=False)
    begin_job(
        session,
        job,
        assets,
        priority=priority,
        reason=reason,
        most_waiting=most_waiting,
        with_run_request=with_run_request,
    )
    return RequestedJob(job, is_new=True)


def begin_job(
    session: Session,
    job: Job,
    assets: Sequence[str] = (),
    *,
    priority: int = 0,
    reason: str = "submitted",
    most_waiting: int = MOST_WAITING,
    with_run_request: bool,
) -> None:
    """What a job that was just added begins with: its first event, its run request."""
    jobs.add_event(session, job.ref, JobEventKind.created, {"reason": reason})
    if with_run_request:
        admit(session, job.ref, most_waiting)
        wanted = assets or first_assets(job.settings)
        run_requests.add_run_request(session, job.ref, wanted, priority=priority, reason=reason)
    tell_of_job(session, EventKind.job_created, job)


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
    move: JobMove,
    *,
    error: CliplyError | None = None,
    outcome: str | None = None,
) -> Job:
    """Take the job to another state and write that into its history.

    What an earlier end left (error, outcome, time) is replaced. Raises Conflict
    (JOB_STATE_WRONG) when `MOVES` does not lead there or a guard objects, NotFound when
    there is no such job.
    """
    job = jobs.get_job(session, job_id, lock=True)
    former = job.status
    with legally():
        status = moved(former, move, facts_of(session, job, move))
    job.status = status
    job.error_code = error.code if error else None
    job.error_message = error.message if error else None
    job.outcome = outcome
    job.finished_at = now(session) if status in ENDED else None
    if status not in PAUSABLE:
        job.paused_at = None
    payload = {"from": former, "to": status, "error_code": job.error_code, "outcome": outcome}
    told = {key: value for key, value in payload.items() if value is not None}
    jobs.add_event(session, job.ref, JobEventKind.moved, told)
    session.flush()
    if status in OF_STATUS:
        tell_of_job(session, OF_STATUS[status], job)
    return job


def try_to_move(session: Session, job: Job, move: JobMove, **ends: Any) -> bool:
    """Move a held job when that is legal now, else leave it where it is."""
    is_legal = can_move(job.status, move, facts_of(session, job, move))
    if is_legal:
        move_job(session, job.id, move, **ends)
    return is_legal


@contextmanager
def legally() -> Iterator[None]:
    """What the state machine refuses is a Conflict (JOB_STATE_WRONG)."""
    try:
        yield
    except IllegalMove as refusal:
        raise Conflict(str(refusal), ErrorCode.job_state_wrong) from None


def facts_of(session: Session, job: Job, move: JobMove) -> JobFacts:
    """What the guard of this move asks about; nothing is read for a move without one."""
    if move not in GUARDED:
        return JobFacts()
    return JobFacts(
        clips=clip_rows.count_clips(session, job.id),
        unrendered=clip_rows.count_unrendered(session, job.id),
    )
