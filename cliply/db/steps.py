"""Queries for job steps."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Connection, Integer, Uuid, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.fixed_queries import FixedQuery
from cliply.db.models import JobStep
from cliply.domain.ids import JobId, JobRef
from cliply.domain.jobs import JobStatus, StepStatus
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


OF_JOB = FixedQuery(
    select(*JobStep.__table__.columns)
    .where(JobStep.job_id == bindparam("job_id", type_=JobStep.job_id.type))
    .order_by(JobStep.created_at, JobStep.name)
)


def list_steps(place: Session | Connection, job_id: JobId) -> list[JobStep]:
    """To be read, not changed; in the order in which they were first started."""
    return OF_JOB.rows(place, job_id=job_id)


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


def find_broken(session: Session, job_id: JobId) -> JobStep | None:
    """The step of a job that failed or was cancelled last."""
    ended = JobStep.status.in_([StepStatus.failed, StepStatus.cancelled])
    of_job = select(JobStep).where(JobStep.job_id == job_id, ended)
    return session.scalar(of_job.order_by(JobStep.finished_at.desc()).limit(1))


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
    session: Session, ref: JobRef, name: str, run_id: str, fingerprint: str | None, worker: str
) -> JobStep:
    """Add the step, or start it again: running, one attempt more, nothing left of the last.

    `worker` is the `host:process` that does it, seen alive just now.
    """
    fresh: dict[str, Any] = {
        "status": StepStatus.running,
        "progress": 0.0,
        "run_id": run_id,
        "worker": worker,
        "heartbeat_at": func.clock_timestamp(),
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


def reset_steps(session: Session, job_id: JobId, names: Collection[str] | None) -> None:
    """Let steps that failed or were cancelled wait again; None for all of the job."""
    ended = [StepStatus.failed, StepStatus.cancelled]
    broken = (JobStep.job_id == job_id) & JobStep.status.in_(ended)
    if names is not None:
        broken &= JobStep.name.in_(names)
    waiting = {"status": StepStatus.pending, "progress": 0.0, "error_code": None,
               "error_message": None, "started_at": None, "finished_at": None}  # fmt: skip
    session.execute(update(JobStep).where(broken).values(**waiting))


def set_progress(
    session: Session, job_id: JobId, name: str, fraction: float, *, attempt: int | None = None
) -> None:
    """Only while the step runs, and that attempt of it: a late report changes nothing."""
    running = (JobStep.job_id == job_id) & (JobStep.name == name)
    running &= JobStep.status == StepStatus.running
    if attempt is not None:
        running &= JobStep.attempts == attempt
    changed = update(JobStep).where(running).values(progress=min(1.0, max(0.0, fraction)))
    session.execute(changed.execution_options(synchronize_session=False))


class Seen(NamedTuple):
    """What a worker sees of one of its steps."""

    attempts: int
    status: StepStatus
    job_status: JobStatus


BEAT = text(
    """
    with mine as (
        select * from unnest(:step_ids, :attempts) as mine (id, attempts)
    ), held as (
        select job_steps.id from job_steps join mine using (id, attempts)
        where job_steps.status = 'running'
        for no key update of job_steps skip locked
    ), beaten as (
        update job_steps set heartbeat_at = clock_timestamp() from held
        where job_steps.id = held.id
    )
    select step.id, step.attempts, step.status, jobs.status as job_status
    from mine join job_steps step on step.id = mine.id join jobs on jobs.id = step.job_id
    """
).bindparams(bindparam("step_ids", type_=ARRAY(Uuid)), bindparam("attempts", type_=ARRAY(Integer)))
"""Who holds a step's row is about to end it, and waits for nobody who looks after it."""


def beat(session: Session, attempts: Mapping[UUID, int]) -> dict[UUID, Seen]:
    """Show that these attempts, by the ids of their steps, are alive, and see how they stand.

    One statement. Those of a deleted job are not among the answer.
    """
    given = {"step_ids": list(attempts), "attempts": list(attempts.values())}
    return {
        row.id: Seen(row.attempts, StepStatus(row.status), JobStatus(row.job_status))
        for row in session.execute(BEAT, given)
    }


def list_silent(session: Session, job_id: JobId, *, silent_s: float) -> list[JobStep]:
    """Running steps of the job whose worker was not heard of for so long."""
    since = func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, silent_s)
    silent = func.coalesce(JobStep.heartbeat_at, JobStep.started_at) < since
    running = (JobStep.job_id == job_id) & (JobStep.status == StepStatus.running)
    return list(session.scalars(select(JobStep).where(running, silent).order_by(JobStep.name)))
