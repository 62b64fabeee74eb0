"""Steps: what the tenant sees of each stage while it runs."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import jobs, steps
from cliply.db.models import JobStep
from cliply.db.session import now, workspace_session
from cliply.domain.ids import JobRef
from cliply.domain.jobs import JobEventKind, StepStatus
from cliply.errors import Cancelled, CliplyError, ErrorCode, Unavailable

REPORT_EVERY_S = 0.5

ENDS = {
    StepStatus.completed: JobEventKind.step_completed,
    StepStatus.skipped: JobEventKind.step_skipped,
    StepStatus.failed: JobEventKind.step_failed,
    StepStatus.cancelled: JobEventKind.step_cancelled,
}


def start_step(
    session: Session, ref: JobRef, name: str, run_id: str, *, fingerprint: str | None = None
) -> JobStep:
    """Begin an attempt; `fingerprint` is a digest of all that decides the step's result."""
    row = steps.begin_attempt(session, ref, name, run_id, fingerprint)
    told = {"step": name, "attempt": row.attempts, "run_id": run_id}
    jobs.add_event(session, ref, JobEventKind.step_started, told)
    return row


def report_progress(session: Session, ref: JobRef, name: str, fraction: float) -> None:
    """Write the finished fraction (0…1); the caller decides how often. Not an event."""
    steps.set_progress(session, ref.job_id, name, fraction)


def finish_step(session: Session, ref: JobRef, name: str, output: Mapping[str, Any]) -> JobStep:
    """End the step with a short summary of what it made."""
    row = steps.get_step(session, ref.job_id, name, lock=True)
    row.progress = 1.0
    row.output = dict(output)
    return _end(session, row, StepStatus.completed)


def skip_step(session: Session, ref: JobRef, name: str, reason: str) -> JobStep:
    """End the step because there is nothing to do."""
    row = steps.get_step(session, ref.job_id, name, lock=True)
    row.error_message = reason
    return _end(session, row, StepStatus.skipped)


def fail_step(session: Session, ref: JobRef, name: str, error: CliplyError) -> JobStep:
    """End the step with its error; `Cancelled` is no failure but an end of its own."""
    row = steps.get_step(session, ref.job_id, name, lock=True)
    row.error_code = error.code
    row.error_message = error.message
    cancelled = isinstance(error, Cancelled)
    return _end(session, row, StepStatus.cancelled if cancelled else StepStatus.failed)


def find_reusable_step(session: Session, name: str, fingerprint: str) -> JobStep | None:
    """The newest completed step of the workspace, of any job, that had the same result."""
    return steps.find_completed(session, name, fingerprint)


class RunningStep:
    """The handle that a step's body reports through."""

    def __init__(self, engine: Engine, ref: JobRef, name: str) -> None:
        self.ref = ref
        self.name = name
        self.outputs: dict[str, Any] = {}
        self.skipped_because: str | None = None
        self._engine = engine
        self._reported_at = time.monotonic()

    def report(self, fraction: float) -> None:
        """Progress for others to see, written at most twice a second."""
        if time.monotonic() - self._reported_at < REPORT_EVERY_S:
            return
        self._reported_at = time.monotonic()
        # Work does not fail because nobody can watch; the next report makes up for this one.
        with suppress(Unavailable), workspace_session(self._engine, self.ref.workspace_id) as rows:
            report_progress(rows, self.ref, self.name, fraction)

    def output(self, values: Mapping[str, Any]) -> None:
        """Add to the summary of what the step made."""
        self.outputs |= values

    def skip(self, reason: str) -> None:
        """There is nothing to do, so the step ends as skipped."""
        self.skipped_because = reason


@contextmanager
def step(
    engine: Engine, ref: JobRef, name: str, run_id: str, *, fingerprint: str | None = None
) -> Iterator[RunningStep]:
    """Keep the row of a step while its body runs, each change in its own transaction.

    An exception ends the step and passes: a CliplyError with its code and message, any
    other one as INTERNAL with nothing but its class name, an interruption as cancelled.
    """
    with workspace_session(engine, ref.workspace_id) as session:
        start_step(session, ref, name, run_id, fingerprint=fingerprint)
    running = RunningStep(engine, ref, name)
    try:
        yield running
    except BaseException as error:
        # A database that is gone must not hide why the step failed.
        with suppress(Unavailable), workspace_session(engine, ref.workspace_id) as session:
            fail_step(session, ref, name, as_step_error(error))
        raise
    with workspace_session(engine, ref.workspace_id) as session:
        if running.skipped_because is None:
            finish_step(session, ref, name, running.outputs)
        else:
            skip_step(session, ref, name, running.skipped_because)


def as_step_error(error: BaseException) -> CliplyError:
    """What a tenant may read about an exception; its text may hold secrets, its name not."""
    if isinstance(error, CliplyError):
        return error
    if isinstance(error, Exception):
        return CliplyError(
            ErrorCode.internal,
            f"Something failed inside Cliply ({type(error).__name__}); the run's log says more.",
        )
    return Cancelled()


def _end(session: Session, row: JobStep, status: StepStatus) -> JobStep:
    row.status = status
    row.finished_at = now(session)
    told = {
        "step": row.name,
        "attempt": row.attempts,
        "error_code": row.error_code,
        "message": row.error_message,
    }
    payload = {key: value for key, value in told.items() if value is not None}
    jobs.add_event(session, JobRef(row.workspace_id, row.job_id), ENDS[status], payload)
    session.flush()
    return row
