"""Queries for what should agree and may not; all but `count_deaths` need a system session."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cliply.db.models import Job
from cliply.domain.ids import JobId, JobRef, WorkspaceId

DEATHS = """
select count(*) from job_events
where workspace_id = :workspace_id and job_id = :job_id
    and kind = 'repaired' and payload ->> 'what' = 'run'
    and id > coalesce((
        select max(id) from job_events
        where workspace_id = :workspace_id and job_id = :job_id
            and (kind in ('step_completed', 'step_skipped', 'resumed')
            or kind = 'moved' and payload ->> 'to' = 'created')
    ), 0)
"""

RUNNING = """
select workspace_id, job_id, name, run_id, worker, attempts,
    extract(epoch from clock_timestamp()
        - greatest(coalesce(heartbeat_at, started_at), pg_postmaster_start_time()))
from job_steps where status = 'running' order by heartbeat_at
"""
"""A database that was down could not be told that somebody lives."""

FORSAKEN = """
select workspace_id, id, (
    select request.id from run_requests request
    where request.workspace_id = jobs.workspace_id and request.job_id = jobs.id
    order by request.closed_at desc limit 1
)
from jobs
where status = any(array['created', 'ingesting', 'analyzing', 'clips_generated', 'rendering'])
    and paused_at is null and updated_at < clock_timestamp() - make_interval(secs => :quiet_s)
    and (status <> 'clips_generated'
        or coalesce((settings ->> 'auto_render')::boolean, true))
    and exists (select from run_requests request
        where request.workspace_id = jobs.workspace_id and request.job_id = jobs.id)
    and not exists (select from run_requests request
        where request.workspace_id = jobs.workspace_id and request.job_id = jobs.id
            and (request.closed_at is null
                or request.closed_at > clock_timestamp() - make_interval(secs => :quiet_s)))
order by updated_at limit :limit
"""
"""A job that was never asked of the service is somebody else's work: a command's."""


class RunningRow(NamedTuple):
    """A step that should be at work."""

    ref: JobRef
    name: str
    run_id: str | None
    worker: str | None
    """`host:process`."""
    attempt: int
    silent_s: float
    """Since when nothing was heard of it."""


class Forsaken(NamedTuple):
    """A job that should be at work and that nobody was asked to do."""

    ref: JobRef
    last_request_id: UUID


def count_deaths(session: Session, ref: JobRef) -> int:
    """How many runs of the job have died in a row, without any step being completed."""
    return int(session.scalars(text(DEATHS), ref._asdict()).one())


def list_running(session: Session) -> list[RunningRow]:
    """All running steps, those first that were silent for longest."""
    return [
        RunningRow(_ref(workspace_id, job_id), name, run_id, worker, attempt, float(silent_s))
        for workspace_id, job_id, name, run_id, worker, attempt, silent_s in session.execute(
            text(RUNNING)
        )
    ]


def list_forsaken(session: Session, *, quiet_s: float, limit: int) -> list[Forsaken]:
    """Jobs at work that have been asked for and are not any more, quiet for so long."""
    found = session.execute(text(FORSAKEN), {"quiet_s": quiet_s, "limit": limit})
    return [Forsaken(_ref(workspace, job), last_id) for workspace, job, last_id in found]


def try_to_hold_job(session: Session, ref: JobRef) -> Job | None:
    """The job, held until the transaction ends; None when it is gone or somebody is at it."""
    free = select(Job).where(Job.id == ref.job_id).with_for_update(key_share=True, skip_locked=True)
    return session.scalar(free.execution_options(populate_existing=True))


def list_known(session: Session, job_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the ids whose runs are kept: of jobs with a history, or still to be removed."""
    known = text(
        "select id from jobs where id = any(:ids) and (archived_at is null or exists ("
        "select from job_steps step"
        " where step.workspace_id = jobs.workspace_id and step.job_id = jobs.id))"
        " union select job_id from job_removals where job_id = any(:ids)"
    )
    return set(session.scalars(known, {"ids": list(job_ids)}))


def list_analysed(session: Session, job_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the ids whose analysis is kept, or removed by somebody else in a moment."""
    kept = text(
        "select id from jobs where id = any(:ids) and archived_at is null"
        " union select job_id from job_removals where job_id = any(:ids)"
    )
    return set(session.scalars(kept, {"ids": list(job_ids)}))


def _ref(workspace_id: UUID, job_id: UUID) -> JobRef:
    return JobRef(WorkspaceId(workspace_id), JobId(job_id))
