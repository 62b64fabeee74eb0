"""Threads that answer reads."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from api.threads import THREADS, in_thread

WHO: ContextVar[str] = ContextVar("who")


def test_work_is_done_in_another_thread_with_the_callers_context() -> None:
    async def ask(name: str) -> tuple[str, int]:
        WHO.set(name)
        return await in_thread(lambda: (WHO.get(), threading.get_ident()))

    async def ask_all() -> list[tuple[str, int]]:
        return await asyncio.gather(*(ask(f"caller {number}") for number in range(5)))

    found = asyncio.run(ask_all())

    assert [name for name, _ in found] == [f"caller {number}" for number in range(5)]
    assert threading.get_ident() not in {thread for _, thread in found}


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
def test_what_it_raises_is_raised_for_who_waits(error: BaseException) -> None:
    def fail() -> None:
        raise error

    async def ask() -> BaseException | None:
        try:
            await in_thread(fail)
        except BaseException as caught:
            return caught
        return None

    assert asyncio.run(ask()) is error


def test_an_end_of_iteration_does_not_leave_its_caller_waiting() -> None:
    async def ask() -> None:
        await asyncio.wait_for(in_thread(lambda: next(iter(()))), 5)

    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(ask())


def test_threads_outlive_a_caller_that_has_gone() -> None:
    begun, wait = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        wait.wait(5)

    async def leave() -> None:
        asked = asyncio.ensure_future(in_thread(work))
        await asyncio.to_thread(begun.wait, 5)
        asked.cancel()

    async def ask() -> list[int]:
        return await asyncio.gather(*(in_thread(lambda: 1) for _ in range(2 * THREADS)))

    asyncio.run(leave())
    wait.set()
    assert sum(asyncio.run(ask())) == 2 * THREADS
