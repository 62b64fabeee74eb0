"""Work beside the decoding: in a thread of its own, in order, with a bounded queue."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

WAITING_LIMIT = 4
"""Pieces of work that wait; more would only fill memory with pictures."""


class Beside:
    """A thread that does what is handed to it, first come, first served."""

    def __init__(self, name: str) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._worker.shutdown(cancel_futures=True)

    def hand(self, work: Callable[[], None]) -> None:
        """Queue a piece of work; waits while too much is queued. Raises what earlier raised."""
        if len(self._waiting) >= WAITING_LIMIT:
            self._waiting.popleft().result()
        self._waiting.append(self._worker.submit(work))

    def finish(self) -> None:
        """Wait until everything is done; raises what it raised."""
        while self._waiting:
            self._waiting.popleft().result()
