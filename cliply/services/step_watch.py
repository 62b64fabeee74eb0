"""Running steps of this process: shown to be alive, and told when they shall stop."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine

from cliply.db import steps
from cliply.db.session import workspace_session
from cliply.db.steps import Seen
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import JobStatus, StepStatus
from cliply.errors import Cancelled, Unavailable

POLL_S = 1.0
"""How long a cancelled job goes unnoticed; FFmpeg then ends within 0.3 s."""

CHECK_S = 0.25
"""How often work that reports nothing is asked whether it is still wanted."""

R = TypeVar("R")

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Attempt:
    """One attempt of a step, at work in this process."""

    ref: JobRef
    name: str
    step_id: UUID
    number: int
    """Counted by the step's row from 1; a higher one there has taken the step over."""
    outlives_cancel: bool = False
    """Started by hand for a job that was cancelled already."""
    stop: Event = field(default_factory=Event)
    """Set once nobody wants the result any more."""
    reason: Cancelled | None = None
    """Why `stop` is set."""

    def check(self) -> None:
        """Raises Cancelled once `stop` is set."""
        if self.stop.is_set():
            raise self.reason or Cancelled()

    def judge(self, seen: Seen | None) -> None:
        """Stop when nobody wants the result any more."""
        reason = self._objection(seen)
        if reason is not None and not self.stop.is_set():
            self.reason = Cancelled(reason)
            self.stop.set()

    def _objection(self, seen: Seen | None) -> str | None:
        if seen is None:
            return "The job was deleted."
        if seen.attempts != self.number or seen.status is not StepStatus.running:
            return f"The step {self.name} was taken over by another run."
        if seen.job_status is JobStatus.cancelled and not self.outlives_cancel:
            return "The job was cancelled."
        return None


class StepWatch:
    """One thread for all steps that this process runs through one engine."""

    def __init__(self, engine: Engine) -> None:
        self.attempts: set[Attempt] = set()
        self._engine = engine
        self._done = Event()
        # A thread that waits for a dead database keeps nobody from ending the process.
        self._thread = Thread(target=self._go_round, name="step watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._done.set()
        self._thread.join(POLL_S)

    def _go_round(self) -> None:
        while not self._done.wait(POLL_S):
            if not self.attempts and self._retires():
                return
            by_workspace: dict[WorkspaceId, list[Attempt]] = defaultdict(list)
            for attempt in tuple(self.attempts):
                by_workspace[attempt.ref.workspace_id].append(attempt)
            for workspace_id, attempts in by_workspace.items():
                self._look(workspace_id, attempts)

    def _retires(self) -> bool:
        """Whether there is still nothing to watch; then the next step gets a thread of its own."""
        with _LOCK:
            if self.attempts or _WATCHES.get(self._engine) is not self:
                return False
            del _WATCHES[self._engine]
            return True

    def _look(self, workspace_id: WorkspaceId, attempts: list[Attempt]) -> None:
        """When the database does not answer the work goes on, and it is asked again."""
        numbers = {attempt.step_id: attempt.number for attempt in attempts}
        try:
            with workspace_session(self._engine, workspace_id) as session:
                seen = steps.beat(session, numbers)
        except Unavailable as error:
            logger.warning("steps are not watched for now: %s", error)
        except Exception:  # the thread's boundary: steps that nobody watches must not go unseen
            logger.exception("steps could not be watched")
        else:
            for attempt in attempts:
                attempt.judge(seen.get(attempt.step_id))


_LOCK = Lock()
_WATCHES: dict[Engine, StepWatch] = {}
"""Those that have steps to watch: a process is watched by one thread, whoever runs its steps."""


@contextmanager
def watched(engine: Engine, attempt: Attempt) -> Iterator[None]:
    """Look after the attempt for as long as the body runs."""
    with _LOCK:
        watch = _WATCHES.get(engine)
        if watch is None:
            watch = _WATCHES[engine] = StepWatch(engine)
            watch.start()
        watch.attempts.add(attempt)
    try:
        yield
    except GeneratorExit:
        # Collected as garbage, in any thread and while it holds any lock: nothing here may wait.
        watch.attempts.discard(attempt)
        raise
    except BaseException:
        _leave(engine, attempt)
        raise
    _leave(engine, attempt)


def _leave(engine: Engine, attempt: Attempt) -> None:
    with _LOCK:
        watch = _WATCHES[engine]
        watch.attempts.discard(attempt)
        is_last = not watch.attempts
        if is_last:
            del _WATCHES[engine]
    if is_last:
        watch.end()


def abandoned_on_stop(work: Callable[[], R], check: Callable[[], None]) -> R:
    """The result of `work`, which changes nothing but its own; or what `check` raises meanwhile.

    Then the work goes on unheard, and does not keep the process from ending.
    """
    done: Future[R] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # the thread's boundary: raised where it is waited for
            done.set_exception(error)

    Thread(target=run, name="abandonable work", daemon=True).start()
    while not wait([done], CHECK_S).done:
        check()
    return done.result()
