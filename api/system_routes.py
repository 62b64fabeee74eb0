"""What the system routes look at: parts of the installation, and work of all workspaces."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from api.backend import Backend
from cliply.db.health import check_database
from cliply.db.system import system_session
from cliply.db.workload import Graph, Workload, find_graph_state, read_workload
from cliply.errors import ErrorCode, Unavailable
from cliply.queues.board import BoardState, WorkBoard, gone
from cliply.storage.keys import trial_key

LIMIT_S = 3.0
"""A part that takes longer has failed."""
STORAGE_EVERY_S = 10.0
OTHERS_EVERY_S = 2.0
"""However often somebody asks; these routes need no token."""

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Look(Generic[T]):
    """The outcome of something that is tried now and then, and may hang."""

    def __init__(
        self, name: str, attempt: Callable[[], T], every_s: float, limit_s: float = LIMIT_S
    ) -> None:
        self._name = name
        self._attempt = attempt
        self._every_s = every_s
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._began_at = 0.0
        self._outcome: T | None = None

    def outcome(self) -> T | None:
        """The newest one; None when it failed or takes longer than `limit_s`."""
        with self._lock:
            is_due = time.monotonic() - self._began_at >= self._every_s
            thread = self._thread
            if thread is None or (is_due and not thread.is_alive()):
                # A thread that hangs keeps nobody from ending the process.
                thread = threading.Thread(target=self._try, name=self._name, daemon=True)
                self._thread, self._began_at = thread, time.monotonic()
                thread.start()
        thread.join(self._limit_s)
        return None if thread.is_alive() else self._outcome

    def _try(self) -> None:
        try:
            self._outcome = self._attempt()
        except Exception as error:  # the thread's boundary: told by the outcome, and logged
            self._outcome = None
            logger.warning("%s does not answer: %s", self._name, error)


@dataclass(frozen=True)
class Work:
    """What there is to do, and whether what does it is alive."""

    workload: Workload
    graph: Graph


class Lookout:
    """Looks at all parts for one application."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.database = Look("database", self._try_database, OTHERS_EVERY_S)
        self.storage = Look("storage", self._try_storage, STORAGE_EVERY_S)
        self.work = Look("work", self._read_work, OTHERS_EVERY_S)
        url = backend.settings.celery_broker_url
        self._board = WorkBoard(url) if url and backend.settings.execution == "celery" else None
        self.queues = Look("broker", self._read_queues, OTHERS_EVERY_S)

    def workload(self) -> Workload:
        """Raises Unavailable when the database does not answer."""
        work = self.work.outcome()
        if work is None:
            raise Unavailable(
                ErrorCode.database_unavailable, "The database did not answer; try again."
            )
        return work.workload

    def board(self) -> BoardState:
        """Empty where steps run beside the service. Raises Unavailable."""
        if self._board is None:
            return BoardState()
        state = self.queues.outcome()
        if state is None:
            raise gone()
        return state

    def _read_queues(self) -> BoardState:
        return self._board.look() if self._board else BoardState()

    def _try_database(self) -> bool:
        check_database(self._backend.engine)
        return True

    def _try_storage(self) -> bool:
        """Write, read and remove an object."""
        store, key = self._backend.store, trial_key()
        store.put_bytes(key, b"trial")
        try:
            return store.get_bytes(key) == b"trial"
        finally:
            store.delete([key])

    def _read_work(self) -> Work:
        with system_session(self._backend.system) as session:
            return Work(read_workload(session), find_graph_state(session))
