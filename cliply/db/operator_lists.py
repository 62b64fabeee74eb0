"""Queries over all workspaces for their operators; they need a system session."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cliply.db.models import Job, JobStep, Workspace
from cliply.db.pages import PageOf, PageWish, count_all, page_of
from cliply.domain.ids import JobId, WorkspaceId
from cliply.domain.jobs import JobStatus, StepStatus
from cliply.errors import NotFound


@dataclass(frozen=True)
class OperatorWish:
    """Which jobs; what is None or empty does not narrow."""

    statuses: Collection[JobStatus] = ()
    workspace_id: WorkspaceId | None = None


def list_jobs(session: Session, wanted: OperatorWish, wish: PageWish) -> tuple[PageOf[Job], int]:
    """By creation, and how many there are on all pages."""
    query = select(Job)
    if wanted.statuses:
        query = query.where(Job.status.in_(wanted.statuses))
    if wanted.workspace_id is not None:
        query = query.where(Job.workspace_id == wanted.workspace_id)
    return page_of(session, query, Job, Job.created_at, wish), count_all(session, query)


def running_steps(session: Session, job_ids: Collection[JobId]) -> dict[JobId, list[JobStep]]:
    """Steps at work, by job, in the order in which they began."""
    at_work = select(JobStep).where(
        JobStep.job_id.in_(job_ids), JobStep.status == StepStatus.running
    )
    found: dict[JobId, list[JobStep]] = defaultdict(list)
    for step in session.scalars(at_work.order_by(JobStep.started_at, JobStep.name)):
        found[step.job_id].append(step)
    return found


def find_workspace_of(session: Session, job_id: JobId) -> WorkspaceId | None:
    """The workspace of a job."""
    return session.scalar(select(Job.workspace_id).where(Job.id == job_id))


def find_workspace(session: Session, workspace_id: WorkspaceId) -> Workspace | None:
    """None for a deleted one, too."""
    living = Workspace.deleted_at.is_(None)
    return session.scalar(select(Workspace).where(Workspace.id == workspace_id, living))


def get_workspace(session: Session, workspace_id: WorkspaceId) -> Workspace:
    """Raises NotFound."""
    row = find_workspace(session, workspace_id)
    if row is None:
        raise NotFound(f"There is no workspace {workspace_id}.")
    return row
