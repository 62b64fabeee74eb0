"""Threads that answer reads, which wait for the database most of the time."""

import asyncio
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import cache
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

THREADS = 4
"""Of one process. They share one interpreter: with 12, each takes so long over its read that
the slowest of a hundred take twice as long (67 ms in place of 30 to 44 at 200 reads a second)."""

Errand = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Context, Callable[[], Any]]


async def in_thread(work: Callable[[], T]) -> T:
    """What `work` gives or raises, done in one of the threads with the caller's context.

    There and back takes 0.05 ms of the processor, by the threads of anyio 0.3 ms.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    _errands().put((loop, future, copy_context(), work))
    return await future


@cache
def _errands() -> "SimpleQueue[Errand]":
    """The queue of this process, whose threads end with it."""
    queue: SimpleQueue[Errand] = SimpleQueue()
    for number in range(THREADS):
        threading.Thread(target=_run, args=(queue,), name=f"read-{number}", daemon=True).start()
    return queue


def _run(queue: "SimpleQueue[Errand]") -> None:
    while True:
        _do(*queue.get())


def _do(
    loop: asyncio.AbstractEventLoop,
    future: "asyncio.Future[Any]",
    context: Context,
    work: Callable[[], Any],
) -> None:
    try:
        found = context.run(work)
    except StopIteration as error:  # which futures refuse to carry
        _tell(loop, future, future.set_exception, RuntimeError(f"unexpected {error!r}"))
    except BaseException as error:  # the thread's boundary: raised again for who waits
        _tell(loop, future, future.set_exception, error)
    else:
        _tell(loop, future, future.set_result, found)


def _tell(
    loop: asyncio.AbstractEventLoop,
    future: "asyncio.Future[Any]",
    settle: Callable[[Any], None],
    outcome: Any,
) -> None:
    def settled() -> None:
        if not future.done():
            settle(outcome)

    try:
        loop.call_soon_threadsafe(settled)
    except RuntimeError:
        # The loop was closed meanwhile: nobody waits any more.
        if not loop.is_closed():
            raise
