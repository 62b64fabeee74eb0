"""Queries for job steps."""

from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.models import JobStep
from cliply.domain.ids import JobId, JobRef
from cliply.domain.jobs import StepStatus
from cliply.errors import NotFound


def get_step(session: Session, job_id: JobId, name: str, *, lock: bool = False) -> JobStep:
    """With `lock`, as it is now and held until the transaction ends. Raises NotFound."""
    query = select(JobStep).where(JobStep.job_id == job_id, JobStep.name == name)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise NotFound(f"Job {job_id} has no step {name}.")
    return row


def list_steps(session: Session, job_id: JobId) -> list[JobStep]:
    """In the order in which they were first started."""
    of_job = select(JobStep).where(JobStep.job_id == job_id)
    return list(session.scalars(of_job.order_by(JobStep.created_at, JobStep.name)))


def list_running(session: Session, run_id: str) -> list[JobStep]:
    """Steps that a run has started and not ended."""
    return list(
        session.scalars(
            select(JobStep).where(JobStep.run_id == run_id, JobStep.status == StepStatus.running)
        )
    )


def find_failure(session: Session, run_id: str) -> JobStep | None:
    """The step that ended a run: the last one to fail or to be cancelled."""
    return session.scalar(
        select(JobStep)
        .where(
            JobStep.run_id == run_id,
            JobStep.status.in_([StepStatus.failed, StepStatus.cancelled]),
        )
        .order_by(JobStep.finished_at.desc())
        .limit(1)
    )


def find_completed(session: Session, name: str, fingerprint: str) -> JobStep | None:
    """The newest completed step with this result, whatever job it belongs to."""
    return session.scalar(
        select(JobStep)
        .where(
            JobStep.name == name,
            JobStep.fingerprint == fingerprint,
            JobStep.status == StepStatus.completed,
        )
        .order_by(JobStep.finished_at.desc())
        .limit(1)
    )


def begin_attempt(
    session: Session, ref: JobRef, name: str, run_id: str, fingerprint: str | None
) -> JobStep:
    """Add the step, or start it again: running, one attempt more, nothing left of the last."""
    fresh: dict[str, Any] = {
        "status": StepStatus.running,
        "progress": 0.0,
        "run_id": run_id,
        "fingerprint": fingerprint,
        "output": None,
        "error_code": None,
        "error_message": None,
        "started_at": func.clock_timestamp(),
        "finished_at": None,
    }
    keys = {"id": uuid4(), "workspace_id": ref.workspace_id, "job_id": ref.job_id, "name": name}
    statement = (
        insert(JobStep)
        .values(**keys, attempts=1, **fresh)
        .on_conflict_do_update(
            index_elements=["workspace_id", "job_id", "name"],
            set_=fresh | {"attempts": JobStep.attempts + 1},
        )
        .returning(JobStep)
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).one()


def set_progress(session: Session, job_id: JobId, name: str, fraction: float) -> None:
    """Only while the step runs: a late report changes nothing."""
    session.execute(
        update(JobStep)
        .where(
            JobStep.job_id == job_id,
            JobStep.name == name,
            JobStep.status == StepStatus.running,
        )
        .values(progress=min(1.0, max(0.0, fraction)))
        .execution_options(synchronize_session=False)
    )
