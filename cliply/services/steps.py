"""Steps: what the tenant sees of each stage while it runs."""

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import job_watching, jobs, steps
from cliply.db.models import JobStep
from cliply.db.session import now, workspace_session
from cliply.domain.ids import JobRef
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobEventKind, JobStatus, StepStatus
from cliply.errors import Cancelled, CliplyError, ErrorCode, NotFound, Unavailable
from cliply.services.jobs import try_to_move
from cliply.services.step_gate import Asked, find_objection
from cliply.services.step_watch import Attempt, watched

REPORT_EVERY_S = 0.5

ON_THE_WAY = frozenset({"listening", "transcript", "mood", "scan", "candidates", "ranking"})
"""Steps that lead to clips: a job that is tried again goes on with one of them."""

ENDS = {
    StepStatus.completed: JobEventKind.step_completed,
    StepStatus.skipped: JobEventKind.step_skipped,
    StepStatus.failed: JobEventKind.step_failed,
    StepStatus.cancelled: JobEventKind.step_cancelled,
}


def start_step(
    session: Session, ref: JobRef, name: str, run_id: str, *, fingerprint: str | None = None
) -> JobStep:
    """Begin an attempt; `fingerprint` is a digest of all that decides the step's result.

    An attempt that is under way is superseded: nothing that it writes counts any more.
    Raises NotFound when the job was deleted.
    """
    jobs.get_job(session, ref.job_id, lock=True)
    row = steps.begin_attempt(session, ref, name, run_id, fingerprint, worker_name())
    told = {"step": name, "attempt": row.attempts, "run_id": run_id}
    jobs.add_event(session, ref, JobEventKind.step_started, told)
    return row


def worker_name() -> str:
    """`host:process`, as operators find it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def report_progress(
    session: Session, ref: JobRef, name: str, fraction: float, *, attempt: int | None = None
) -> None:
    """Write the finished fraction (0…1); the caller decides how often. Not an event."""
    steps.set_progress(session, ref.job_id, name, fraction, attempt=attempt)
    job_watching.tell_progress(session, ref)


def finish_step(
    session: Session,
    ref: JobRef,
    name: str,
    output: Mapping[str, Any],
    *,
    attempt: int | None = None,
) -> JobStep:
    """End the step with a short summary of what it made.

    Raises Cancelled when `attempt` is given and is not the one that runs any more.
    """
    row = _hold_current(session, ref, name, attempt)
    row.progress = 1.0
    row.output = dict(output)
    return _end(session, row, StepStatus.completed)


def skip_step(
    session: Session, ref: JobRef, name: str, reason: str, *, attempt: int | None = None
) -> JobStep:
    """End the step because there is nothing to do; raises as `finish_step` does."""
    row = _hold_current(session, ref, name, attempt)
    row.error_message = reason
    return _end(session, row, StepStatus.skipped)


def fail_step(
    session: Session, ref: JobRef, name: str, error: CliplyError, *, attempt: int | None = None
) -> JobStep:
    """End the step with its error; `Cancelled` is no failure but an end of its own.

    An `attempt` that is not the one that runs any more changes nothing.
    """
    row = _hold(session, ref, name)
    if not _is_current(row, attempt):
        return row
    row.error_code = error.code
    row.error_message = error.message
    cancelled = isinstance(error, Cancelled)
    return _end(session, row, StepStatus.cancelled if cancelled else StepStatus.failed)


def find_reusable_step(session: Session, name: str, fingerprint: str) -> JobStep | None:
    """The newest completed step of the workspace, of any job, that had the same result."""
    return steps.find_completed(session, name, fingerprint)


class RunningStep:
    """The handle that a step's body reports through."""

    def __init__(self, engine: Engine, attempt: Attempt) -> None:
        self.ref = attempt.ref
        self.name = attempt.name
        self.outputs: dict[str, Any] = {}
        self.skipped_because: str | None = None
        self._engine = engine
        self._attempt = attempt
        self._reported_at = time.monotonic()

    @property
    def stop(self) -> Event:
        """Set within a second once nobody wants the result any more."""
        return self._attempt.stop

    def check(self) -> None:
        """Raises Cancelled once `stop` is set; costs nothing, for every turn of a loop."""
        self._attempt.check()

    def report(self, fraction: float) -> None:
        """Progress for others to see, written at most twice a second.

        Raises Cancelled once nobody wants the result any more.
        """
        self.check()
        if time.monotonic() - self._reported_at < REPORT_EVERY_S:
            return
        self._reported_at = time.monotonic()
        number = self._attempt.number
        # Work does not fail because nobody can watch; the next report makes up for this one.
        with suppress(Unavailable), workspace_session(self._engine, self.ref.workspace_id) as rows:
            report_progress(rows, self.ref, self.name, fraction, attempt=number)

    def output(self, values: Mapping[str, Any]) -> None:
        """Add to the summary of what the step made."""
        self.outputs |= values

    def skip(self, reason: str) -> None:
        """There is nothing to do, so the step ends as skipped."""
        self.skipped_because = reason


@contextmanager
def step(
    engine: Engine,
    ref: JobRef,
    name: str,
    run_id: str,
    *,
    fingerprint: str | None = None,
    asked: Asked | None = None,
) -> Iterator[RunningStep]:
    """Keep the row of a step while its body runs, each change in its own transaction.

    A run that was `asked` for does not begin it when the job is cancelled, paused or gone:
    raises Cancelled, and nothing is written. An exception ends the step and passes: a
    CliplyError with its code and message, any other one as INTERNAL with nothing but its
    class name, an interruption as cancelled. A body that is never finished leaves the row
    running, for the next attempt or the end of the run.
    """
    attempt = _begin(engine, ref, name, run_id, fingerprint, asked)
    running = RunningStep(engine, attempt)
    with watched(engine, attempt):
        try:
            yield running
        except GeneratorExit:
            # What was made could not be stored, and whoever ran the body has forgotten it since:
            # this happens at any moment, maybe in the middle of a transaction on the same rows.
            raise
        except BaseException as error:
            # A database or a row that is gone must not hide why the step failed.
            with (
                suppress(Unavailable, NotFound),
                workspace_session(engine, ref.workspace_id) as session,
            ):
                fail_step(session, ref, name, as_step_error(error), attempt=attempt.number)
            raise
        _finish(engine, running, attempt.number)


def _begin(
    engine: Engine,
    ref: JobRef,
    name: str,
    run_id: str,
    fingerprint: str | None,
    asked: Asked | None,
) -> Attempt:
    with workspace_session(engine, ref.workspace_id) as session:
        objection = find_objection(session, ref.job_id, asked) if asked else None
        if objection is None:
            job = jobs.get_job(session, ref.job_id, lock=True)
            is_cancelled = job.status is JobStatus.cancelled
            if asked is not None and name in ON_THE_WAY:
                try_to_move(session, job, JobMove.analyse)
            row = start_step(session, ref, name, run_id, fingerprint=fingerprint)
            return Attempt(ref, name, row.id, row.attempts, outlives_cancel=is_cancelled)
    raise objection


def _finish(engine: Engine, running: RunningStep, attempt: int) -> None:
    ref, name = running.ref, running.name
    try:
        with workspace_session(engine, ref.workspace_id) as session:
            if running.skipped_because is None:
                finish_step(session, ref, name, running.outputs, attempt=attempt)
            else:
                skip_step(session, ref, name, running.skipped_because, attempt=attempt)
    except NotFound:
        raise Cancelled("The job was deleted.") from None


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


def _hold(session: Session, ref: JobRef, name: str) -> JobStep:
    jobs.hold_history(session, ref.job_id)
    return steps.get_step(session, ref.job_id, name, lock=True)


def _hold_current(session: Session, ref: JobRef, name: str, attempt: int | None) -> JobStep:
    row = _hold(session, ref, name)
    if not _is_current(row, attempt):
        raise Cancelled(f"The step {name} was taken over by another run.")
    return row


def _is_current(row: JobStep, attempt: int | None) -> bool:
    """Who gives no attempt means the step as it is."""
    return attempt is None or (row.attempts == attempt and row.status is StepStatus.running)


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
