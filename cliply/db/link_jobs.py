"""Queries for jobs whose source is a link."""

from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from cliply.db.models import Job
from cliply.domain.ids import JobId, UserId, WorkspaceId
from cliply.domain.jobs import ENDED, JobMode, JobSettings, JobStatus


def find_job_of_link(session: Session, source_url: str) -> Job | None:
    """The newest job of this link that has not ended."""
    going_on = select(Job).where(Job.source_url == source_url, Job.status.not_in(ENDED))
    return session.scalar(going_on.order_by(Job.created_at.desc(), Job.id).limit(1))


def add_link_job(
    session: Session,
    workspace_id: WorkspaceId,
    source_url: str,
    mode: JobMode,
    settings: JobSettings,
    *,
    priority: int = 0,
    created_by: UserId | None = None,
) -> Job:
    """A job in state `created` without a source. Its digest has its id: it is like no other."""
    job_id = JobId(uuid4())
    job = Job(
        id=job_id,
        workspace_id=workspace_id,
        source_url=source_url,
        mode=mode,
        status=JobStatus.created,
        settings=settings,
        request_digest=f"link {job_id}",
        priority=priority,
        created_by=created_by,
    )
    session.add(job)
    session.flush()
    return job
