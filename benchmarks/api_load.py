"""An open load on a local server: each request is due at its time, whatever happened before."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONNECTIONS = 64
"""Kept open. A request that is due while all are busy waits, which counts as its latency."""


@dataclass(frozen=True)
class Answer:
    """One request and how long it took from the time at which it was due."""

    kind: str
    status: int
    latency_ms: float


def play(
    port: int,
    heads: Mapping[str, str],
    paths: Sequence[tuple[str, str]],
    rate_per_s: int,
    seconds: int,
) -> list[Answer]:
    """Send (kind, path) in turn at an even rate, and again from the first when they are through."""
    return asyncio.run(_play(port, heads, paths, rate_per_s, seconds))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that is not below so many of them."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


class _Connection:
    """One open connection, used by one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def get(self, request: bytes) -> int:
        """Send it, read all of the answer; its status."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await self._reader.readexactly(int(length))
        return int(head[9:12])

    def close(self) -> None:
        self._writer.close()


async def _play(
    port: int,
    heads: Mapping[str, str],
    paths: Sequence[tuple[str, str]],
    rate_per_s: int,
    seconds: int,
) -> list[Answer]:
    count = rate_per_s * seconds
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(min(CONNECTIONS, count)):
        free.put_nowait(_Connection(*await asyncio.open_connection("127.0.0.1", port)))
    tail = "".join(f"{name}: {value}\r\n" for name, value in heads.items())
    answers: list[Answer] = []

    async def one(kind: str, path: str, due: float) -> None:
        connection = await free.get()
        status = await connection.get(f"GET {path} HTTP/1.1\r\nHost: x\r\n{tail}\r\n".encode())
        answers.append(Answer(kind, status, 1000 * (time.perf_counter() - due)))
        free.put_nowait(connection)

    async with asyncio.TaskGroup() as sent:
        began = time.perf_counter()
        for number in range(count):
            due = began + number / rate_per_s
            await asyncio.sleep(due - time.perf_counter())
            sent.create_task(one(*paths[number % len(paths)], due))
    while not free.empty():
        free.get_nowait().close()
    return answers
