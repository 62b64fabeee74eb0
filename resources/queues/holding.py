"""Work that a process of a worker holds: others see it, and it ends when nobody wants it."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dagster._utils import interrupts

from cliply.db.work_locks import WorkLock
from cliply.errors import Unavailable

LOOK_EVERY_S = 1.0

logger = logging.getLogger(__name__)


def run_name(run_id: str) -> str:
    """The name of the work of watching over a run."""
    return f"run {run_id}"


def step_name(run_id: str, step_key: str) -> str:
    return f"step {run_id} {step_key}"


def leave_sigterm_to_the_worker() -> None:
    """SIGTERM is for the worker, which gives steps time and then ends their processes.

    Dagster takes it for a wish to stop the run. Raises AttributeError when Dagster does so
    in some other way.
    """
    _ = interrupts.setup_interrupt_handlers
    interrupts.setup_interrupt_handlers = _nothing
    signal.signal(signal.SIGTERM, _not_now)


def _nothing() -> None:
    """Instead of a handler."""


def _not_now(_number: int, _frame: object) -> None:
    """Instead of SIG_IGN, which FFmpeg and others that a step starts would take over."""


@contextmanager
def held(lock: WorkLock, is_wanted: Callable[[], bool]) -> Iterator[None]:
    """Keep a lock that was taken, and interrupt the body once its work is not wanted.

    For the main thread, where signals arrive.
    """
    done = threading.Event()
    watch = threading.Thread(
        target=_watch, args=(lock, is_wanted, done), name="held work", daemon=True
    )
    before = signal.signal(signal.SIGINT, _not_now)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join(LOOK_EVERY_S)
        signal.signal(signal.SIGINT, before)
        lock.release()


def _watch(lock: WorkLock, is_wanted: Callable[[], bool], done: threading.Event) -> None:
    while not done.wait(LOOK_EVERY_S):
        try:
            is_mine, is_asked_for = lock.keep(), is_wanted()
        except Unavailable as error:
            logger.warning("held work is not watched for now: %s", error)
        except Exception:  # the thread's boundary: it has to see the database come back
            logger.exception("held work could not be watched")
        else:
            if not (is_mine and is_asked_for) and not done.is_set():
                os.kill(os.getpid(), signal.SIGINT)
                return
