"""A request's body that the kernel moves from the socket into a file, past the parser.

Through the server a GiB costs 3 CPU seconds: reads of 64 KiB, the parser's callbacks, messages,
flow control, copies. Spliced (splice(2)) it costs 0.75, where copying a file costs 0.45.
"""

import asyncio
import fcntl
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import TypeVar

from fastapi.concurrency import run_in_threadpool

from cliply.storage.partial import PartialFile

EXTENSION = "cliply.raw_body"
"""Its key in a scope's `extensions`; there is none where the body can not be spliced."""

LEND = "lend"
"""What the extension has: a `Lend`."""

IS_POSSIBLE = hasattr(os, "splice")
"""Linux alone has it."""

LEAST_BYTES = 512 * 1024
"""Smaller bodies are not worth it: most of them has been read with the head."""

PIPE_BYTES = 1024 * 1024
"""What a user may have of a pipe without being root; the kernel moves that much at once."""

GATHER_BYTES = 256 * 1024
"""The socket wakes nobody for less, until a nap is over: slow senders cost no more for it."""

LINGER_MS = 5
"""A thread waits so long for that much, 50 MB/s; the event loop waits for slower senders."""

NAP_S = 1.0
"""After it whatever has come is taken."""

SLICE_S = 0.05
"""A thread moves one body for so long; then another request's turn may come."""

T = TypeVar("T")


class RawBody:
    """What is in the socket still, and what was read of it already."""

    def __init__(self, first: bytes, source: socket.socket, left_bytes: int) -> None:
        """The `source` does not block; nobody else reads it meanwhile."""
        self._first = first
        self._source = source
        self.left_bytes = left_bytes
        """Of the body, not taken from the socket yet."""

    async def pour_into(self, file: PartialFile, pause_s: float) -> None:
        """Write all of it behind what the file has.

        Ends with `left_bytes` above 0 when the sender is gone, or sends nothing for `pause_s`.
        Raises what the file does.
        """
        await _finished(partial(file.write, [self._first]))
        try:
            await self._pour(file, pause_s)
        except EOFError:
            return
        finally:
            self._gather(1)

    async def _pour(self, file: PartialFile, pause_s: float) -> None:
        loop = asyncio.get_running_loop()
        heard_at = loop.time()
        while self.left_bytes > 0 and loop.time() - heard_at < pause_s:
            before = self.left_bytes
            is_ahead = await _finished(partial(self._burst, file))
            if self.left_bytes < before:
                heard_at = loop.time()
            if not is_ahead and self.left_bytes > 0:
                await self._arrival(min(NAP_S, pause_s))

    def _burst(self, file: PartialFile) -> bool:
        """Move what comes within a slice of time; whether the sender kept ahead of us."""
        until = time.monotonic() + SLICE_S
        with _pipe() as (outlet, inlet):
            while self.left_bytes > 0 and time.monotonic() < until:
                count = self._take(inlet)
                if count:
                    file.write_from(outlet, count)
                elif not self._has_more_soon():
                    return False
        return True

    def _take(self, inlet: int) -> int:
        """Bytes that went into the pipe, which is empty; 0 when none have come.

        Raises EOFError when the sender is gone, however it went.
        """
        try:
            most = min(PIPE_BYTES, self.left_bytes)
            count = os.splice(self._source.fileno(), inlet, most)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise EOFError from error
        if not count:
            raise EOFError
        self.left_bytes -= count
        return count

    def _has_more_soon(self) -> bool:
        self._gather(min(GATHER_BYTES, self.left_bytes))
        waiting = select.poll()
        waiting.register(self._source, select.POLLIN)
        return bool(waiting.poll(LINGER_MS))

    async def _arrival(self, seconds: float) -> None:
        """Wait until enough has come, the sender has gone, or the time is over."""
        self._gather(min(GATHER_BYTES, self.left_bytes))
        loop, arrived = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._source.fileno(), arrived.set)
        try:
            async with asyncio.timeout(seconds):
                await arrived.wait()
        except TimeoutError:
            return
        finally:
            loop.remove_reader(self._source.fileno())

    def _gather(self, least_bytes: int) -> None:
        """Let the socket seem empty while it has less."""
        self._source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least_bytes)


Lend = Callable[[], AbstractContextManager[RawBody]]
"""Takes the body; the server reads nothing while it is lent. Raises ClientDisconnect."""


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """Where bytes leave it, where they enter; what is in it at the end is lost."""
    outlet, inlet = os.pipe()
    try:
        with suppress(PermissionError):  # this user has many pipes: 64 KiB have to do
            fcntl.fcntl(inlet, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        yield outlet, inlet
    finally:
        os.close(outlet)
        os.close(inlet)


async def _finished(work: Callable[[], T]) -> T:
    """What the work, done in a thread, gives.

    When it is cancelled it ends no sooner than the thread, for what that uses is closed next.
    """
    running = asyncio.ensure_future(run_in_threadpool(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        running.exception()
        raise
