"""A Celery worker whose processes are warm before the first step comes."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from billiard.process import active_children  # type: ignore[import-untyped]
from celery import Celery, bootsteps  # type: ignore[import-untyped]
from celery.signals import (  # type: ignore[import-untyped]
    worker_process_init,
    worker_shutdown,
    worker_shutting_down,
)
from pydantic import SecretStr
from sqlalchemy import URL

from cliply.db.session import create_app_engine
from cliply.domain.queues import Queue
from cliply.errors import Unavailable
from cliply.queues.board import BEAT_S, WorkBoard, WorkerSeen
from resources.queues.broker import make_app
from resources.queues.holding import leave_sigterm_to_the_worker
from resources.queues.tasks import Bench, register

GIVE_BACK_S = 3.0
"""For Celery to notice which processes are gone, and to put their work back."""

LOCKS_POOL = 2
"""A process holds one piece of work at a time."""

logger = logging.getLogger(__name__)


class Workplace:
    """The bench of this process, made in it: connections do not survive a fork."""

    def __init__(self, database: URL) -> None:
        self._database = database
        self._bench: Bench | None = None

    def __call__(self) -> Bench:
        if self._bench is None:
            engine = create_app_engine(self._database, pool_size=LOCKS_POOL)
            self._bench = Bench(dg.DagsterInstance.get(), engine)
        return self._bench

    def warm_up(self, **_: Any) -> None:
        """Load the graph; runs and steps find it loaded."""
        leave_sigterm_to_the_worker()
        self().load_graph()


class Presence:
    """Tells the board every few seconds that the worker is there."""

    def __init__(self, board: WorkBoard, queues: Sequence[Queue], processes: int) -> None:
        self._board = board
        self._queues = tuple(queues)
        self._processes = processes
        self.name = f"{'+'.join(queues)}@{socket.gethostname()}:{os.getpid()}"

    def tell(self) -> None:
        """A broker that is down does not know of workers for now."""
        seen = WorkerSeen(
            name=self.name,
            queues=self._queues,
            processes=self._processes,
            gpus=count_gpus(),
            seen_at=datetime.now(UTC),
        )
        try:
            self._board.note(seen)
        except Unavailable as error:
            logger.warning("the worker can not be seen for now: %s", error)

    def end(self, **_: Any) -> None:
        try:
            self._board.remove(self.name)
        except Unavailable:
            logger.warning("the worker ends; it is seen for half a minute")


class LastCall:
    """Ends the steps that are still at work a while after the worker was asked to end.

    Celery then puts them back into their queue; it would wait for them for ever.
    """

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s

    def __call__(self, **_: Any) -> None:
        threading.Thread(target=self._call, name="last call", daemon=True).start()

    def _call(self) -> None:
        time.sleep(self._grace_s)
        for process in active_children():
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        time.sleep(GIVE_BACK_S)
        os._exit(0)  # who waits for a step sends it again when nobody holds it


def count_gpus() -> int:
    """NVIDIA devices that this machine or container has."""
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


def work(
    broker: SecretStr, database: URL, queues: Sequence[Queue], *, processes: int, grace_s: float
) -> None:
    """Until a signal ends it: steps then have `grace_s` to end, and are given back."""
    app = make_app(broker)
    place, presence = Workplace(database), Presence(WorkBoard(broker), queues, processes)
    register(app, place)
    app.set_current()
    worker_process_init.connect(place.warm_up)
    worker_shutdown.connect(presence.end)
    last_call = LastCall(grace_s)
    worker_shutting_down.connect(last_call)
    app.steps["worker"].add(_beating(presence))
    sys.exit(_start(app, presence.name, queues, processes))


def _start(app: Celery, name: str, queues: Sequence[Queue], processes: int) -> int:
    worker = app.Worker(
        hostname=name,
        queues=[queue.value for queue in queues],
        concurrency=processes,
        pool_cls="prefork",
        optimization="fair",
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def _beating(presence: Presence) -> type[bootsteps.StartStopStep]:
    class Beating(bootsteps.StartStopStep):  # type: ignore[misc]
        requires = ("celery.worker.components:Timer",)

        def start(self, parent: Any) -> None:
            presence.tell()
            self.beat = parent.timer.call_repeatedly(BEAT_S, presence.tell)

        def stop(self, parent: Any) -> None:
            self.beat.cancel()

    return Beating
