"""Queries for run requests; those of all workspaces at once need a system session."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from cliply.db.models import Job, RunRequest
from cliply.db.session import now
from cliply.domain.ids import JobId, JobRef
from cliply.domain.jobs import JobStatus

RERENDERED = "rerendered"
"""The reason of a request whose clip is to be rendered whatever is there."""

DRAIN_LOCK = 7235421
"""Any number that nobody else in this database locks."""

UNSTARTED = """
update run_requests set drained_at = clock_timestamp(), closed_at = clock_timestamp()
from jobs where jobs.id = run_requests.job_id
    and run_requests.drained_at is null and jobs.status = 'cancelled'
"""

STARTABLE = """
with at_work as (
    select distinct workspace_id, job_id from run_requests
    where drained_at is not null and closed_at is null
), taken as (
    select workspace_id, count(*) as places from at_work group by workspace_id
), waiting as (
    select request.id, request.priority, request.created_at, request.workspace_id,
        at_work.job_id is not null as has_place,
        row_number() over (
            partition by request.workspace_id, at_work.job_id is not null
            order by request.priority desc, request.created_at, request.id
        ) as turn
    from run_requests request
        join jobs on jobs.id = request.job_id
        left join at_work on at_work.job_id = request.job_id
    where request.drained_at is null
        and jobs.status <> 'cancelled' and jobs.paused_at is null
        and not exists (
            select from run_requests other
            where other.workspace_id = request.workspace_id and other.job_id = request.job_id
                and other.closed_at is null and other.id <> request.id
                and (other.drained_at is not null
                    or (-other.priority, other.created_at, other.id)
                        < (-request.priority, request.created_at, request.id))
                and (other.assets = '[]' or request.assets = '[]' or jsonb_exists_any(
                    other.assets, array(select jsonb_array_elements_text(request.assets))))
        )
)
select waiting.id from waiting
    join workspaces on workspaces.id = waiting.workspace_id
    left join taken on taken.workspace_id = waiting.workspace_id
where workspaces.deleted_at is null and (waiting.has_place
    or waiting.turn <= coalesce(workspaces.concurrent_jobs, :concurrent_jobs)
        - coalesce(taken.places, 0))
order by waiting.turn, waiting.priority desc, waiting.created_at, waiting.id
limit :limit
"""
"""In turn: the first of each workspace, then the second of each. A request that overlaps with
one of its job that goes first, or is at work, waits for its end."""


def add_run_request(
    session: Session,
    ref: JobRef,
    assets: Sequence[str],
    *,
    priority: int,
    reason: str,
    parent_run_id: str | None = None,
    trace_id: str | None = None,
) -> RunRequest:
    """Ask for these assets of the job; no names means all of them.

    `parent_run_id` is the run that this one goes on from; `trace_id` of the call that asks
    has 32 hexadecimal digits.
    """
    request = RunRequest(
        id=uuid4(),
        workspace_id=ref.workspace_id,
        job_id=ref.job_id,
        assets=list(assets),
        priority=priority,
        reason=reason,
        parent_run_id=parent_run_id,
        trace_id=trace_id,
    )
    session.add(request)
    return request


def list_pending(session: Session, *, limit: int) -> list[RunRequest]:
    """Requests that no tick has taken: highest priority first, then oldest."""
    waiting = select(RunRequest).where(RunRequest.drained_at.is_(None))
    order = (RunRequest.priority.desc(), RunRequest.created_at, RunRequest.id)
    return list(session.scalars(waiting.order_by(*order).limit(limit)))


def list_open(session: Session, job_id: JobId) -> list[RunRequest]:
    """What is asked for this job and not done yet, waiting or at work."""
    of_job = select(RunRequest).where(RunRequest.job_id == job_id, RunRequest.closed_at.is_(None))
    return list(session.scalars(of_job.order_by(RunRequest.created_at, RunRequest.id)))


def list_requests(session: Session, job_id: JobId) -> list[RunRequest]:
    """All that was ever asked for this job, oldest first."""
    of_job = select(RunRequest).where(RunRequest.job_id == job_id)
    return list(session.scalars(of_job.order_by(RunRequest.created_at, RunRequest.id)))


def find_last_run(session: Session, job_id: JobId) -> str | None:
    """The run that was started last for this job."""
    of_job = select(RunRequest.run_id).where(
        RunRequest.job_id == job_id, RunRequest.run_id.is_not(None)
    )
    return session.scalar(of_job.order_by(RunRequest.drained_at.desc()).limit(1))


def try_to_drain(session: Session) -> bool:
    """Whether nobody else takes requests; nobody else does until the transaction ends."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(DRAIN_LOCK))))


def close_unstarted(session: Session) -> int:
    """Close the waiting requests of cancelled jobs; how many."""
    return session.execute(text(UNSTARTED)).rowcount  # type: ignore[attr-defined,no-any-return]


def take_startable(session: Session, *, limit: int, concurrent_jobs: int) -> list[RunRequest]:
    """Take the requests whose turn it is: from now on their jobs count as at work.

    `concurrent_jobs` is for workspaces that have no number of their own. The caller holds
    the lock of `try_to_drain`.
    """
    ids = session.scalars(
        text(STARTABLE), {"limit": limit, "concurrent_jobs": concurrent_jobs}
    ).all()
    return _take(session, ids)


def take_again(session: Session, request_ids: Collection[UUID]) -> list[RunRequest]:
    """Requests whose tick died on the way, taken once more."""
    return _take(session, request_ids)


def _take(session: Session, request_ids: Collection[UUID]) -> list[RunRequest]:
    """In the order of the ids."""
    if not request_ids:
        return []
    marked = update(RunRequest).where(RunRequest.id.in_(request_ids))
    marked = marked.values(drained_at=func.clock_timestamp()).returning(RunRequest)
    found = session.scalars(marked, execution_options={"populate_existing": True})
    rows = {row.id: row for row in found}
    return [rows[request_id] for request_id in request_ids if request_id in rows]


def list_at_work(session: Session) -> list[RunRequest]:
    """Requests that were taken and whose end was not seen, of every workspace; oldest first."""
    at_work = select(RunRequest).where(
        RunRequest.drained_at.is_not(None), RunRequest.closed_at.is_(None)
    )
    return list(session.scalars(at_work.order_by(RunRequest.drained_at, RunRequest.id)))


def list_cancelled_runs(session: Session) -> set[str]:
    """Runs at work whose jobs were cancelled meanwhile."""
    found = session.scalars(
        select(RunRequest.run_id)
        .join(Job, Job.id == RunRequest.job_id)
        .where(
            RunRequest.drained_at.is_not(None),
            RunRequest.closed_at.is_(None),
            Job.status == JobStatus.cancelled,
        )
    )
    return {run_id for run_id in found if run_id is not None}


def is_overdue(request: RunRequest, moment: datetime, after: timedelta) -> bool:
    """Whether a taken request waits longer than this for its run to be seen."""
    return request.drained_at is not None and request.drained_at < moment - after


def mark_drained(session: Session, request: RunRequest, *, run_id: str) -> None:
    """The request has its run; `run_id` is that run."""
    request.drained_at = request.drained_at or now(session)
    request.run_id = run_id


def find_request(session: Session, request_id: UUID) -> RunRequest | None:
    """As it is now; None when it was deleted with its job, or long after its end."""
    found = select(RunRequest).where(RunRequest.id == request_id)
    return session.scalar(found.execution_options(populate_existing=True))


def find_of_run(session: Session, run_id: str) -> RunRequest | None:
    """The request that this run was started for."""
    return session.scalar(select(RunRequest).where(RunRequest.run_id == run_id).limit(1))


def close(session: Session, run_id: str) -> bool:
    """The run has ended, so its request is no longer at work; False when it was not."""
    ended = update(RunRequest).where(RunRequest.run_id == run_id, RunRequest.closed_at.is_(None))
    closed = session.execute(ended.values(closed_at=func.clock_timestamp()))
    return bool(closed.rowcount)  # type: ignore[attr-defined]


def note_run(session: Session, request_id: UUID, run_id: str) -> bool:
    """The run was seen that a taken request has; False when that is known."""
    taken = update(RunRequest).where(RunRequest.id == request_id, RunRequest.run_id.is_(None))
    noted = session.execute(taken.values(run_id=run_id))
    return bool(noted.rowcount)  # type: ignore[attr-defined]


def put_back(session: Session, request_id: UUID, run_id: str | None) -> bool:
    """Let a taken request wait again, unless it has another run by now than this one."""
    taken = update(RunRequest).where(
        RunRequest.id == request_id,
        RunRequest.run_id.is_not_distinct_from(run_id),
        RunRequest.drained_at.is_not(None),
        RunRequest.closed_at.is_(None),
    )
    done = session.execute(taken.values(drained_at=None, run_id=None))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def close_request(session: Session, request: RunRequest) -> None:
    """Nothing more will be done about the request."""
    request.closed_at = now(session)
    request.drained_at = request.drained_at or request.closed_at


def put_away(session: Session, request_id: UUID) -> None:
    """Close a request whose run nobody knows any more."""
    left = update(RunRequest).where(RunRequest.id == request_id, RunRequest.closed_at.is_(None))
    session.execute(left.values(closed_at=func.clock_timestamp()))


def count_waiting_jobs(session: Session, *, besides: JobId | None = None) -> int:
    """Jobs of the pinned workspace that wait for a place, not counting the one `besides`."""
    waiting = select(func.count(RunRequest.job_id.distinct()))
    waiting = waiting.where(RunRequest.drained_at.is_(None))
    if besides is not None:
        waiting = waiting.where(RunRequest.job_id != besides)
    return session.scalars(waiting).one()


def typical_run_s(session: Session, *, of_last: int = 20) -> float | None:
    """Median seconds that the last runs of the pinned workspace took; None without any."""
    took = func.extract("epoch", RunRequest.closed_at - RunRequest.drained_at)
    last = (
        select(took.label("took_s"))
        .where(RunRequest.closed_at.is_not(None), RunRequest.run_id.is_not(None))
        .order_by(RunRequest.closed_at.desc())
        .limit(of_last)
        .subquery()
    )
    median = func.percentile_cont(0.5).within_group(last.c.took_s)
    found = session.scalar(select(median))
    return None if found is None else float(found)
