"""Queries for jobs and their events."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import Text, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.models import Job, JobEvent, SourceVideo
from cliply.domain.ids import JobId, JobRef, UserId
from cliply.domain.jobs import JobEventKind, JobMode, JobSettings, JobStatus
from cliply.errors import NotFound


def get_job(session: Session, job_id: JobId, *, lock: bool = False) -> Job:
    """With `lock`, as it is now and held until the transaction ends.

    Who writes the job's history holds it, so that its events are seen in the order of their
    ids; hold the job before its steps and clips. Raises NotFound, also for another
    workspace's job.
    """
    row = find_job(session, job_id, lock=lock)
    if row is None:
        raise NotFound(f"There is no job {job_id}.")
    return row


def find_job(session: Session, job_id: JobId, *, lock: bool = False) -> Job | None:
    """The same, for who expects that it may have been deleted."""
    query = select(Job).where(Job.id == job_id)
    if lock:  # lets children be added meanwhile
        query = query.with_for_update(key_share=True)
        query = query.execution_options(populate_existing=True)
    return session.scalar(query)


def find_job_by_digest(session: Session, request_digest: str) -> Job | None:
    """The job that was asked for in exactly the same way."""
    return session.scalar(select(Job).where(Job.request_digest == request_digest))


def get_job_by_digest(session: Session, request_digest: str) -> Job:
    """Raises NotFound."""
    row = find_job_by_digest(session, request_digest)
    if row is None:
        raise NotFound(f"There is no job with the request digest {request_digest}.")
    return row


def part_from_archived(session: Session, request_digest: str) -> None:
    """Let a new job have this digest, when the one that has it is archived."""
    archived = Job.request_digest == request_digest, Job.archived_at.is_not(None)
    told = func.concat("archived ", cast(Job.id, Text))
    session.execute(update(Job).where(*archived).values(request_digest=told))


def list_jobs(session: Session, *, limit: int = 100) -> list[Job]:
    """Newest first."""
    return list(session.scalars(select(Job).order_by(Job.created_at.desc(), Job.id).limit(limit)))


def list_jobs_beginning(session: Session, beginning: str, *, limit: int) -> list[Job]:
    """Jobs whose id begins like this, written in hexadecimal without hyphens."""
    digits = func.replace(cast(Job.id, Text), "-", "")
    found = select(Job).where(digits.startswith(beginning, autoescape=True))
    return list(session.scalars(found.order_by(Job.id).limit(limit)))


def add_job(
    session: Session,
    source: SourceVideo,
    mode: JobMode,
    settings: JobSettings,
    request_digest: str,
    *,
    priority: int = 0,
    created_by: UserId | None = None,
) -> Job | None:
    """Add a job in state `created`; None when one with this digest is there.

    Waits for a transaction that is adding the same one.
    """
    values = {
        "id": JobId(uuid4()),
        "workspace_id": source.workspace_id,
        "source_video_id": source.id,
        "mode": mode,
        "status": JobStatus.created,
        "settings": settings,
        "request_digest": request_digest,
        "priority": priority,
        "created_by": created_by,
    }
    added = insert(Job).values(**values).on_conflict_do_nothing().returning(Job)
    return session.scalar(added)


def delete_job(session: Session, job_id: JobId) -> None:
    """With all that belongs to it: steps, events, clips, renders, run requests."""
    session.execute(delete(Job).where(Job.id == job_id))


def add_event(
    session: Session, ref: JobRef, kind: JobEventKind, payload: Mapping[str, Any]
) -> JobEvent:
    """Append to the job's history; written with the transaction.

    Holds the job: an event that is written later has a higher id and is seen later, so
    whoever reads on from an id misses nothing.
    """
    workspace_id, job_id = ref
    hold_history(session, job_id)
    event = JobEvent(workspace_id=workspace_id, job_id=job_id, kind=kind, payload=dict(payload))
    session.add(event)
    return event


def hold_history(session: Session, job_id: JobId) -> None:
    """Wait until nobody else writes the job's history, and let nobody until the end."""
    session.execute(select(Job.id).where(Job.id == job_id).with_for_update(key_share=True))


def list_events(session: Session, job_id: JobId, *, after: int = 0) -> list[JobEvent]:
    """Events with an id above `after`, in the order they were written."""
    of_job = select(JobEvent).where(JobEvent.job_id == job_id, JobEvent.id > after)
    return list(session.scalars(of_job.order_by(JobEvent.id)))
