"""Jobs as operators see them and get them going again (OPS-3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import jobs as job_rows
from cliply.db import operator_lists, run_requests
from cliply.db import steps as step_rows
from cliply.db.models import Job, JobStep
from cliply.db.operator_lists import OperatorWish
from cliply.db.pages import PageWish
from cliply.db.system import system_session
from cliply.domain.ids import JobId
from cliply.domain.jobs import JobEventKind
from cliply.errors import CliplyError, ErrorCode
from cliply.services import steps
from cliply.services.remaining import ask_for_rest, is_at_work

SILENT_S = 60.0
"""A worker shows itself every second; one that did not for so long is gone."""

GONE = CliplyError(
    ErrorCode.internal, "Its worker was not heard of for a minute; the step is made again."
)


@dataclass(frozen=True)
class JobsSeen:
    """A page of jobs of all workspaces."""

    jobs: Sequence[Job]
    running: Mapping[JobId, Sequence[JobStep]]
    """Steps at work, by job."""
    total: int
    following: str | None


def list_jobs(system: Engine, wanted: OperatorWish, wish: PageWish) -> JobsSeen:
    """Newest first unless asked otherwise."""
    with system_session(system) as session:
        page, total = operator_lists.list_jobs(session, wanted, wish)
        running = operator_lists.running_steps(session, [job.id for job in page.rows])
    return JobsSeen(page.rows, running, total, page.following)


def unlock_job(session: Session, job_id: JobId) -> int:
    """Take a job away from runs that hold it, so that it can go on; how many were let go.

    Requests at work are closed: their runs begin no further step. Steps whose worker is gone
    end as failed. What a job at work lacks is asked for again.
    """
    job = job_rows.get_job(session, job_id, lock=True)
    held = [row for row in run_requests.list_open(session, job_id) if row.drained_at is not None]
    for request in held:
        run_requests.put_away(session, request.id)
    silent = step_rows.list_silent(session, job_id, silent_s=SILENT_S)
    for step in silent:
        steps.fail_step(session, job.ref, step.name, GONE)
    told = {"what": "unlocked", "requests": len(held), "steps": [step.name for step in silent]}
    job_rows.add_event(session, job.ref, JobEventKind.repaired, told)
    session.flush()
    if is_at_work(session, job):
        ask_for_rest(session, job, "unlocked")
    return len(held) + len(silent)
