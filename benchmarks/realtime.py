"""Watching jobs live: how late events are, and what an idle socket costs."""

import asyncio
import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import Engine

from benchmarks.api import KEY, _cpu_s, _free_port, _wait_for
from benchmarks.api_load import percentile
from benchmarks.timing import Row
from cliply.db.jobs import add_event
from cliply.db.migrate import upgrade
from cliply.db.models import Member, User
from cliply.db.session import create_app_engine, workspace_session
from cliply.db.system import system_session
from cliply.db.urls import DatabaseUrls
from cliply.db.workspaces import add_workspace
from cliply.domain.access import Role
from cliply.domain.ids import JobRef, SourceId, UserId, WorkspaceId
from cliply.domain.jobs import JobEventKind, JobSettings
from cliply.embedded import EmbeddedPostgres
from cliply.identity.access_tokens import AccessTokens, SigningKey
from cliply.services.jobs import create_job, store_source

CROWDS = ((1, 1), (100, 1), (1000, 100), (1000, 1))
"""Sockets, and the jobs that they watch; each event is of the next job."""
EVENTS, EVERY_S = 25, 0.4
IDLE_S = 10.0
ASKED_MS = 200.0
PING, PONG = b"\x89\x04", b"\x8a\x84\0\0\0\0"
"""Frames of the server's pings of four bytes, and of the answer with an empty mask."""
NUMBER = re.compile(rb'"n":(\d+)')


def measure() -> list[Row]:
    """An event of a job, from before its transaction until each of its watchers has it."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        with EmbeddedPostgres(home) as urls:
            upgrade(urls)
            engine = create_app_engine(urls.app)
            jobs, user_id = _fill(urls, engine)
            found = [
                row
                for many, watched in CROWDS
                for row in _measured(home, engine, jobs[:watched], user_id, many)
            ]
            engine.dispose()
            return found


def _measured(
    home: Path, engine: Engine, jobs: Sequence[JobRef], user_id: UserId, many: int
) -> Iterator[Row]:
    with _server(home) as (port, pid):
        seen = asyncio.run(_play(port, pid, engine, jobs, user_id, many))
    name = f"{many:,} sockets, {len(jobs)} jobs"
    times = seen.times_ms
    yield Row(f"{name}, p50 ms", statistics.median(times), ASKED_MS, "", "asked", len(times))
    yield Row(f"{name}, p95 ms", percentile(times, 95), ASKED_MS, "", "asked", len(times), 1.0)
    yield Row(f"{name}, an event, CPU ms", seen.event_ms, ASKED_MS, "", "asked", EVENTS)
    if many > 1:
        yield Row(f"{name}, idle, KB each", seen.each_kb, 100.0, "", "100 KB", many)
        yield Row(f"{name}, idle, CPU of a core %", seen.idle_percent, 100.0, "", "a core", 1)


@dataclass(frozen=True)
class Seen:
    """What was measured with so many sockets."""

    times_ms: Sequence[float]
    each_kb: float
    idle_percent: float
    event_ms: float
    """CPU of the API for one event to all sockets."""


class Watcher(asyncio.Protocol):
    """Notes when each event arrives; does as little as possible besides."""

    def __init__(self, head: bytes) -> None:
        self.ready = asyncio.get_running_loop().create_future()
        self.arrived: dict[int, float] = {}
        self._head = head

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if b'"type":"created"' in data and not self.ready.done():
            self.ready.set_result(None)
        for number in NUMBER.findall(data):
            self.arrived[int(number)] = now
        ping = data.find(PING)
        if ping >= 0:  # all else is ASCII
            self._transport.write(PONG + data[ping + 2 : ping + 6])

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(RuntimeError(f"the server hung up: {error}"))


async def _play(
    port: int, pid: int, engine: Engine, jobs: Sequence[JobRef], user_id: UserId, many: int
) -> Seen:
    loop = asyncio.get_running_loop()
    heads = [_head(job, user_id) for job in jobs]
    await _open(port, heads[:1])  # what the first watcher costs, the hub, is of all
    before_kb = _resident_kb(pid)
    watchers: list[Watcher] = []
    for first in range(0, many, 50):
        part = range(first, min(first + 50, many))
        watchers += await _open(port, [heads[one % len(jobs)] for one in part])
    each_kb = (_resident_kb(pid) - before_kb) / many
    cpu_s, began = _cpu_s(pid), time.perf_counter()
    await asyncio.sleep(IDLE_S)
    idle = (_cpu_s(pid) - cpu_s) / (time.perf_counter() - began)
    base = int(time.time() * 1000)  # other than those of earlier events
    written: list[float] = []
    cpu_s = _cpu_s(pid)
    for number in range(EVENTS):
        await asyncio.sleep(EVERY_S)
        written.append(time.perf_counter())
        job = jobs[number % len(jobs)]
        await loop.run_in_executor(None, _write, engine, job, base + number)
    await asyncio.sleep(2)
    event_ms = 1000 * (_cpu_s(pid) - cpu_s) / EVENTS
    times = [
        1000 * (one.arrived[base + number] - written[number])  # KeyError: one was not told
        for place, one in enumerate(watchers)
        for number in range(EVENTS)
        if number % len(jobs) == place % len(jobs)
    ]
    return Seen(times, each_kb, 100 * idle, event_ms)


async def _open(port: int, heads: Sequence[bytes]) -> list[Watcher]:
    loop = asyncio.get_running_loop()
    opened = await asyncio.gather(
        *(loop.create_connection(partial(Watcher, head), "127.0.0.1", port) for head in heads)
    )
    await asyncio.gather(*(watcher.ready for _, watcher in opened))
    return [watcher for _, watcher in opened]


def _write(engine: Engine, job: JobRef, number: int) -> None:
    with workspace_session(engine, job.workspace_id) as session:
        add_event(session, job, JobEventKind.repaired, {"n": number})


def _fill(urls: DatabaseUrls, engine: Engine) -> tuple[Sequence[JobRef], UserId]:
    system = create_app_engine(urls.system)
    workspace_id, user_id = WorkspaceId(uuid4()), UserId(uuid4())
    with system_session(system) as session:
        add_workspace(session, workspace_id, "bench")
        session.add(User(id=user_id, email="bench@example.com", name="Bench"))
        session.flush()
        session.add(Member(workspace_id=workspace_id, user_id=user_id, role=Role.owner))
    system.dispose()
    jobs: list[JobRef] = []
    with workspace_session(engine, workspace_id) as session:
        for number in range(max(watched for _, watched in CROWDS)):
            source = store_source(
                session, workspace_id, source_id=SourceId(uuid4()), object_key=f"{number}",
                content_hash=f"{number}", file_name="talk.mp4", size_bytes=1,
            )  # fmt: skip
            made = create_job(session, source, JobSettings(), with_run_request=False)
            jobs.append(made.ref)
    return jobs, user_id


def _head(job: JobRef, user_id: UserId) -> bytes:
    kid, _, secret = KEY.partition(":")
    token = AccessTokens([SigningKey(kid, SecretStr(secret))]).issue(user_id, session_id=uuid4())
    lines = [
        f"GET /ws/jobs/{job.job_id} HTTP/1.1", "Host: x", "Connection: Upgrade",
        "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", f"Authorization: Bearer {token}",
        f"X-Workspace-Id: {job.workspace_id}",
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@contextmanager
def _server(home: Path) -> Iterator[tuple[int, int]]:
    """The API in one process, as it is served; its port and process."""
    port = _free_port()
    environment = os.environ | {  # noqa: TID251  (for another process)
        "CLIPLY_HOME": str(home),
        "JWT_KEYS": KEY,
        "RATE_LIMITS": "off",
        "STREAMS_PER_USER": "2000",
    }
    code = f"from api.server import serve; serve('127.0.0.1', {port}, 1, streams=2000)"
    with (home / "api.log").open("wb") as log:
        command = [sys.executable, "-c", code]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(port)
            yield port, server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def _resident_kb(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])
