"""Queries for leftovers of deleted and of long ended jobs; all need a system session."""

from collections.abc import Collection

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from cliply.db.models import Job, JobEvent, JobRemoval, JobStep, RunRequest, SourceVideo
from cliply.db.session import now
from cliply.domain.ids import JobId, JobRef, SourceId
from cliply.domain.jobs import ENDED, JobStatus

AT_ONCE = 20
"""Removals that one tick takes; the next one goes on."""


def list_with_runs(session: Session, *, limit: int = AT_ONCE) -> list[JobRemoval]:
    """Removals of jobs whose runs may still be there, oldest first."""
    open_ones = select(JobRemoval).where(
        JobRemoval.runs_gone_at.is_(None), JobRemoval.files_gone_at.is_(None)
    )
    return list(session.scalars(open_ones.order_by(JobRemoval.created_at).limit(limit)))


def mark_runs_gone(session: Session, job_id: JobId) -> None:
    """No run of the deleted job is left, nor its partition."""
    gone = update(JobRemoval).where(JobRemoval.job_id == job_id, JobRemoval.runs_gone_at.is_(None))
    session.execute(gone.values(runs_gone_at=now(session)))


def list_with_files(session: Session, *, limit: int = AT_ONCE) -> list[JobRemoval]:
    """Removals whose runs are gone and whose files may be there, oldest first."""
    open_ones = select(JobRemoval).where(
        JobRemoval.runs_gone_at.is_not(None), JobRemoval.files_gone_at.is_(None)
    )
    return list(session.scalars(open_ones.order_by(JobRemoval.created_at).limit(limit)))


def end_removal(session: Session, job_id: JobId) -> None:
    """Nothing is left of the deleted job."""
    session.execute(delete(JobRemoval).where(JobRemoval.job_id == job_id))


def list_archivable(session: Session, *, keep_days: int, limit: int) -> list[JobRef]:
    """Jobs that ended, or wait for nothing but a person, longer ago, and are not archived."""
    since = func.coalesce(Job.finished_at, Job.updated_at)
    asked = exists().where(
        RunRequest.workspace_id == Job.workspace_id,
        RunRequest.job_id == Job.id,
        RunRequest.closed_at.is_(None),
    )
    old = select(Job.workspace_id, Job.id).where(
        Job.archived_at.is_(None),
        Job.status.in_([*ENDED, JobStatus.review]),
        since < func.now() - func.make_interval(0, 0, 0, keep_days),
        ~asked,
    )
    return [JobRef(*found) for found in session.execute(old.order_by(since).limit(limit))]


def list_unneeded_sources(session: Session, *, keep_days: int) -> list[SourceVideo]:
    """Sources that no job needs any more, and those that have waited so long for one."""
    needed = exists().where(
        Job.workspace_id == SourceVideo.workspace_id,
        Job.source_video_id == SourceVideo.id,
        Job.archived_at.is_(None),
    )
    old = SourceVideo.created_at < func.now() - func.make_interval(0, 0, 0, keep_days)
    return list(session.scalars(select(SourceVideo).where(old, ~needed)))


def is_shared(session: Session, object_key: str, gone: Collection[SourceId]) -> bool:
    """Whether a source besides these uses the object: two transcripts may share their media."""
    users = select(SourceVideo.id).where(SourceVideo.object_key == object_key)
    return any(source_id not in gone for source_id in session.scalars(users))


def list_long_ended(session: Session, *, keep_days: int, limit: int) -> list[JobRef]:
    """Archived jobs that ended longer ago and still have steps: their runs may go."""
    since = func.coalesce(Job.finished_at, Job.updated_at)
    has_steps = exists().where(JobStep.workspace_id == Job.workspace_id, JobStep.job_id == Job.id)
    old = select(Job.workspace_id, Job.id).where(
        Job.archived_at.is_not(None),
        since < func.now() - func.make_interval(0, 0, 0, keep_days),
        has_steps,
    )
    return [JobRef(*found) for found in session.execute(old.order_by(since).limit(limit))]


def delete_history(session: Session, ref: JobRef) -> None:
    """Steps, events and run requests of a job; the job, its clips and renders stay."""
    for table in (JobStep, JobEvent, RunRequest):
        of_job = (table.workspace_id == ref.workspace_id) & (table.job_id == ref.job_id)
        session.execute(delete(table).where(of_job))
