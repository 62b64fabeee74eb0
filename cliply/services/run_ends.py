"""What the end of a run means for its job: done, failed, stopped, or to be gone on with."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import jobs as job_rows
from cliply.db import reconciling as facts
from cliply.db import run_requests
from cliply.db import steps as step_rows
from cliply.db.models import Job, RunRequest
from cliply.db.session import workspace_session
from cliply.domain.assets import DONE
from cliply.domain.ids import JobRef
from cliply.domain.job_moves import WAITING_OR_AT_WORK, JobMove
from cliply.domain.jobs import JobEventKind, JobStatus
from cliply.errors import Cancelled, CliplyError, ErrorCode
from cliply.services import phases, steps
from cliply.services.jobs import try_to_move
from cliply.services.remaining import ask_for, ask_for_rest
from cliply.services.runs import Run, RunState

RECOVERED = "recovered"
"""The reason of a request that goes on where a dead run stopped."""

RUN_DIED = "run"
"""What was repaired: a run that ended without any of its steps having failed."""

MOST_IN_A_ROW = 3
"""Runs that may die one after the other, without any step being completed, and be replaced."""

STOPPED = CliplyError(
    ErrorCode.internal,
    "The run was ended before it finished; try the job again to go on from there.",
)
DIED = CliplyError(
    ErrorCode.internal, "Its process ended before it was done; the step is done again."
)
GAVE_UP = CliplyError(
    ErrorCode.internal,
    f"The process that worked on the job ended {MOST_IN_A_ROW + 1} times before a step was done;"
    " look at the log of the run, then try the job again.",
)
GOES_ON = (*WAITING_OR_AT_WORK, JobStatus.review, JobStatus.completed)
"""Where what a dead run has left is asked for again. Under review that is what nobody waits for:
the index that jobs are searched by."""

STOPS = (ErrorCode.cancelled, ErrorCode.job_paused)


def end_run(engine: Engine, ref: JobRef, run: Run) -> str:
    """Close the request of an ended run and bring its job on; answers what was done.

    A run that failed although none of its steps did has died: what it left is asked for
    again, `MOST_IN_A_ROW` times. Doing it again changes nothing.
    """
    if run.state is RunState.succeeded:
        phases.finish_run(engine, ref, run.run_id)
        return "closed"
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.find_job(session, ref.job_id, lock=True)
        if job is None:
            return "the job is gone"
        done = _end_quietly(session, job, run)
    if done is not None:
        return done
    was_cancelled = run.state is RunState.cancelled
    phases.close_run(engine, ref, run.run_id, cancelled=was_cancelled, otherwise=STOPPED)
    return "closed with the run's error"


def _end_quietly(session: Session, job: Job, run: Run) -> str | None:
    """What ends no job, done in this transaction; None when the run's end is the job's."""
    request = run_requests.find_of_run(session, run.run_id)
    if request is None or request.closed_at is not None:
        return None
    told = step_rows.find_failure(session, run.run_id)
    was_stopped = run.state is RunState.cancelled or (told and told.error_code in STOPS)
    if job.paused_at is not None or (was_stopped and _others(session, request)):
        _end_steps(session, job.ref, run.run_id, Cancelled())
        run_requests.close(session, run.run_id)
        return "closed; the job stays as it is"
    # A step that has failed may have waited for its next attempt.
    has_failed = told is not None and not run.has_crashed
    if was_stopped or has_failed or job.status not in GOES_ON:
        return None
    return go_on(session, job, request)


def _others(session: Session, request: RunRequest) -> bool:
    """Whether something else was asked for the job that is not done yet."""
    open_ones = run_requests.list_open(session, request.job_id)
    return any(one.id != request.id for one in open_ones)


def go_on(session: Session, job: Job, request: RunRequest | None) -> str:
    """Ask for what the dead run of a request has left of a held job, or give the job up."""
    if request is not None and request.run_id is not None:
        _end_steps(session, job.ref, request.run_id, DIED)
        run_requests.close(session, request.run_id)
    died = facts.count_deaths(session, job.ref) + 1
    if died > MOST_IN_A_ROW:
        try_to_move(session, job, JobMove.fail, error=GAVE_UP)
        return "failed: its runs die again and again"
    payload = {"what": RUN_DIED, "attempt": died, "run_id": request.run_id if request else None}
    told = {key: value for key, value in payload.items() if value is not None}
    job_rows.add_event(session, job.ref, JobEventKind.repaired, told)
    added = _ask_again(session, job, request)
    if added is None:
        # Nothing but the last word was missing.
        try_to_move(session, job, JobMove.offer)
        return "nothing was left to do"
    if request is not None:
        added.priority, added.trace_id = request.priority, request.trace_id
    return "asked for again"


def _ask_again(session: Session, job: Job, request: RunRequest | None) -> RunRequest | None:
    """A clip that somebody wants to be made anew is there already, and yet not done."""
    if request is None or request.reason != run_requests.RERENDERED:
        return ask_for_rest(session, job, RECOVERED)
    rows = step_rows.list_steps(session, job.id)
    done = {row.name for row in rows if row.run_id == request.run_id and row.status in DONE}
    left = [name for name in request.assets if name not in done]
    return ask_for(session, job, left, request.reason)


def _end_steps(session: Session, ref: JobRef, run_id: str, reason: CliplyError) -> None:
    for row in step_rows.list_running(session, run_id):
        steps.fail_step(session, ref, row.name, reason)
