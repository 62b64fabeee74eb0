"""Jobs watched live: complete, in order, by whoever may, and by many at once."""

import asyncio
import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine, select, text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.realtime.hub import Hub
from api.realtime.pace import Pace
from api.realtime.places import Places
from cliply.db.jobs import add_event, hold_history
from cliply.db.listening import NAME
from cliply.db.models import JobEvent
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobEventKind
from cliply.services.jobs import move_job
from cliply.services.steps import finish_step, report_progress, start_step
from tests.api.clients import Person
from tests.api.serving import Served, events, read_all, serving, watch


def move(engine: Engine, job: JobRef, *moves: str) -> None:
    for one in moves:
        with workspace_session(engine, job.workspace_id) as session:
            move_job(session, job.job_id, JobMove(one))


def add_events(engine: Engine, job: JobRef, count: int, size_bytes: int = 10) -> None:
    """In one transaction."""
    with workspace_session(engine, job.workspace_id) as session:
        hold_history(session, job.job_id)
        payload = {"step": "transcript", "message": "x" * size_bytes}
        kind = JobEventKind.repaired
        session.add_all(
            JobEvent(workspace_id=job.workspace_id, job_id=job.job_id, kind=kind, payload=payload)
            for _ in range(count)
        )


def ids_of(engine: Engine, job: JobRef) -> list[int]:
    with workspace_session(engine, job.workspace_id) as session:
        of_job = select(JobEvent.id).where(JobEvent.job_id == job.job_id)
        return list(session.scalars(of_job.order_by(JobEvent.id)))


def test_a_job_is_told_from_its_state_to_its_end(
    served: Served, person: Person, engine: Engine, job: JobRef
) -> None:
    with events(served, person.headers, job.job_id) as told:
        assert "retry" in next(told)
        state, created = next(told), next(told)
        move(engine, job, "ingest", "cancel")
        rest = list(told)

    assert (state["event"], state["data"]["status"], "id" in state) == ("state", "created", False)
    assert created["event"] == "created"
    assert [one["event"] for one in rest] == ["moved", "moved", "end"]
    assert rest[0]["data"]["payload"] == {"from": "created", "to": "ingesting"}
    assert int(rest[0]["id"]) == rest[0]["data"]["id"] > int(created["id"])
    assert rest[-1]["data"]["status"] == "cancelled"


def test_a_socket_is_told_the_same(
    served: Served, person: Person, engine: Engine, job: JobRef
) -> None:
    with watch(served, person.headers, job.job_id) as told:
        state = json.loads(told.recv())
        move(engine, job, "ingest", "cancel")
        rest, code = read_all(told)

    listed = httpx.get(f"{served.url}/api/jobs/{job.job_id}/events", headers=person.headers)
    assert (state["type"], state["status"], code) == ("state", "created", 1000)
    assert [one.pop("type") for one in rest] == ["created", "moved", "moved", "end"]
    assert rest[:-1] == listed.json()["data"]


def test_who_comes_back_gets_what_came_after_the_last_event(
    served: Served, person: Person, engine: Engine, job: JobRef
) -> None:
    move(engine, job, "ingest", "analyse", "cancel")
    ids = ids_of(engine, job)

    with events(served, person.headers, job.job_id, after=ids[1]) as told:
        by_header = [int(one["id"]) for one in told if "id" in one]
    with events(served, person.headers, job.job_id, last_event_id=ids[2]) as told:
        by_query = [int(one["id"]) for one in told if "id" in one]
    with watch(served, person.headers, job.job_id, f"?last_event_id={ids[2]}") as socket:
        by_socket = [one["id"] for one in read_all(socket)[0] if "id" in one]

    assert by_header == ids[2:]
    assert by_query == by_socket == ids[3:]


def test_progress_arrives_within_a_second(
    served: Served, person: Person, engine: Engine, job: JobRef
) -> None:
    with watch(served, person.headers, job.job_id) as socket:
        json.loads(socket.recv())
        with workspace_session(engine, job.workspace_id) as session:
            start_step(session, job, "transcript", "run")
        with workspace_session(engine, job.workspace_id) as session:
            report_progress(session, job, "transcript", 0.5)
        began = time.monotonic()
        told = next(one for text in socket if (one := json.loads(text))["type"] == "progress")
        took_s = time.monotonic() - began
        with workspace_session(engine, job.workspace_id) as session:
            finish_step(session, job, "transcript", {})
        last = next(one for text in socket if (one := json.loads(text))["type"] == "progress")

    assert took_s < 1
    assert told == {
        "type": "progress", "step": "transcript", "fraction": 0.5, "job_progress": 0.19,
    }  # fmt: skip
    assert (last["fraction"], last["job_progress"]) == (1.0, 0.38)


def test_a_job_is_not_over_while_a_step_of_it_still_ends(
    served: Served, person: Person, engine: Engine, job: JobRef
) -> None:
    with workspace_session(engine, job.workspace_id) as session:
        start_step(session, job, "scan", "run")
    move(engine, job, "cancel")
    with watch(served, person.headers, job.job_id) as socket:
        first = [json.loads(socket.recv())["type"] for _ in range(4)]
        with workspace_session(engine, job.workspace_id) as session:
            finish_step(session, job, "scan", {})
        rest, _ = read_all(socket)

    assert first == ["state", "created", "step_started", "moved"]
    assert [one["type"] for one in rest] == ["step_completed", "progress", "end"]


class Followed:
    """Watches a job until its end, connecting again as often as it takes."""

    def __init__(self, person: Person, job: JobRef) -> None:
        self.ids: list[int] = []
        self.connected = 0
        self._headers = person.headers
        self._job_id = job.job_id

    @property
    def last(self) -> int:
        return self.ids[-1] if self.ids else 0

    def by_sse(self, served: Served) -> None:
        while True:
            with (
                suppress(httpx.TransportError),
                events(served, self._headers, self._job_id, after=self.last) as told,
            ):
                self.connected += 1
                for one in told:
                    if "id" in one:
                        self.ids.append(int(one["id"]))
                    if one.get("event") == "end":
                        return
            time.sleep(0.02)

    def by_socket(self, served: Served) -> None:
        while True:
            query = f"?last_event_id={self.last}"
            with (
                suppress(OSError, ConnectionClosed, InvalidStatus),
                watch(served, self._headers, self._job_id, query) as told,
            ):
                self.connected += 1
                for one in map(json.loads, told):
                    if "id" in one:
                        self.ids.append(one["id"])
                    if one["type"] == "end":
                        return
            time.sleep(0.02)


def test_nothing_is_missing_or_double_with_many_writers_and_a_restart(
    live_app: FastAPI, person: Person, engine: Engine, job: JobRef
) -> None:
    def write(_: int) -> None:
        for _ in range(20):
            with workspace_session(engine, job.workspace_id) as session:
                add_event(session, job, JobEventKind.repaired, {})
            time.sleep(0.02)

    by_sse, by_socket = Followed(person, job), Followed(person, job)
    with ThreadPoolExecutor(10) as threads:
        with serving(live_app) as first:
            ways = [
                threads.submit(by_sse.by_sse, first),
                threads.submit(by_socket.by_socket, first),
            ]
            writing = [threads.submit(write, number) for number in range(8)]
            while len(by_sse.ids) < 40 or len(by_socket.ids) < 40:
                time.sleep(0.01)
        before = len(by_sse.ids)
        with serving(live_app, first.port):
            for one in writing:
                one.result(20)
            move(engine, job, "cancel")
            for way in ways:
                way.result(20)

    ids = ids_of(engine, job)
    assert len(ids) == 162 > before
    assert by_sse.ids == ids
    assert by_socket.ids == ids
    assert by_sse.connected >= 2
    assert by_socket.connected >= 2


def test_a_listener_that_was_killed_costs_no_event(
    served: Served, person: Person, engine: Engine, owner_engine: Engine, job: JobRef
) -> None:
    kill = text("select count(pg_terminate_backend(pid)) from pg_stat_activity"
                " where application_name = :name")  # fmt: skip
    with watch(served, person.headers, job.job_id) as socket:
        for _ in range(2):
            socket.recv()
        with owner_engine.begin() as connection:
            assert connection.scalar(kill, {"name": NAME})
        began = time.monotonic()
        move(engine, job, "ingest", "cancel")
        rest, _ = read_all(socket)

    assert [one["type"] for one in rest] == ["moved", "moved", "end"]
    assert time.monotonic() - began < 3


def open_raw(served: Served, person: Person, job: JobRef) -> socket.socket:
    """Watches a job and reads nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", served.port))
    head = "".join(f"{name}: {value}\r\n" for name, value in person.headers.items())
    client.sendall(
        f"GET /api/jobs/{job.job_id}/events HTTP/1.1\r\nHost: x\r\n"
        f"Accept: text/event-stream\r\n{head}\r\n".encode()
    )
    return client


MANY, LARGE = 800, 8000
"""6 MB: more than the buffers of a connection hold."""


def test_a_slow_reader_holds_nobody_and_loses_nothing(
    served: Served, person: Person, engine: Engine, job: JobRef
) -> None:
    with open_raw(served, person, job) as slow:
        with watch(served, person.headers, job.job_id) as fast:
            json.loads(fast.recv())
            add_events(engine, job, MANY, LARGE)
            move(engine, job, "cancel")
            told, _ = read_all(fast)
        ids = ids_of(engine, job)
        assert [one["id"] for one in told if "id" in one] == ids

        slow.settimeout(10)
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        read = b""
        while b"event: end" not in read[-2000:]:
            read += slow.recv(1 << 20)
    found = [int(line[4:]) for line in read.splitlines() if line.startswith(b"id: ")]
    assert found == ids


def open_streams(served: Served) -> float:
    """As Prometheus is told."""
    shown = served.app.state.metrics.render(None).decode()
    found = [line for line in shown.splitlines() if line.startswith("cliply_streams_open{")]
    return sum(float(line.split()[-1]) for line in found)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_who_never_reads_is_given_up(
    hurried: Served, person: Person, engine: Engine, job: JobRef
) -> None:
    add_events(engine, job, MANY, LARGE)
    with open_raw(hurried, person, job) as deaf:
        until(lambda: open_streams(hurried) == 1)
        until(lambda: open_streams(hurried) == 0)
        deaf.settimeout(5)
        size_bytes = 0
        with suppress(ConnectionResetError):
            while piece := deaf.recv(1 << 20):
                size_bytes += len(piece)
    assert size_bytes < MANY * LARGE


def test_a_server_that_stops_says_when_to_come_back(
    live_app: FastAPI, person: Person, job: JobRef
) -> None:
    with ExitStack() as clients:
        with serving(live_app) as short:
            told = clients.enter_context(events(short, person.headers, job.job_id))
            first = [next(told) for _ in range(3)]
            socket = clients.enter_context(watch(short, person.headers, job.job_id))
            socket.recv()
            began = time.monotonic()
        took_s = time.monotonic() - began
        rest = list(told)
        read_all(socket)

    assert first[1]["event"] == "state"
    assert rest[0]["data"]["code"] == "PROCESS_NOT_READY"
    assert 500 <= int(rest[1]["retry"]) <= 3000
    assert socket.close_code == 1012
    assert took_s < 5


def test_two_hundred_sockets_are_told_at_once(
    served: Served, person: Person, engine: Engine, job: JobRef
) -> None:
    async def one(barrier: asyncio.Barrier) -> tuple[list[str], float]:
        url = f"ws://127.0.0.1:{served.port}/ws/jobs/{job.job_id}"
        async with connect(url, additional_headers=person.headers, compression=None) as told:
            seen = [json.loads(await told.recv())["type"] for _ in range(2)]
            await barrier.wait()
            seen += [json.loads(text)["type"] async for text in told]
            return seen, time.monotonic()

    async def all_of_them() -> list[tuple[list[str], float]]:
        barrier = asyncio.Barrier(201)
        tasks = [asyncio.create_task(one(barrier)) for _ in range(200)]
        await barrier.wait()
        await asyncio.to_thread(move, engine, job, "cancel")
        return await asyncio.gather(*tasks)

    seen = asyncio.run(all_of_them())
    assert {tuple(kinds) for kinds, _ in seen} == {("state", "created", "moved", "end")}
    assert len(seen) == 200


def first_news(engine: Engine, job: JobRef, listen_to: Any) -> tuple[list[str], bool]:
    """What a hub tells after its first second, and whether it hears notifications."""

    async def watch_it() -> tuple[list[str], bool]:
        hub = Hub(engine, listen_to, Places(9, 9), Pace(poll_s=0.2))
        kinds: list[str] = []
        with hub.follow(job, 0, None) as stream:
            async for batch in stream.batches():
                if not kinds:
                    await asyncio.sleep(0.6)
                    await asyncio.to_thread(move, engine, job, "ingest", "cancel")
                kinds += [one.kind for one in batch]
        heard = hub.is_told
        await hub.close()
        return kinds, heard

    return asyncio.run(asyncio.wait_for(watch_it(), 10))


def test_without_notifications_jobs_are_asked_after(engine: Engine, job: JobRef) -> None:
    elsewhere = engine.url.set(database="postgres")  # connects, listens and is told nothing
    kinds, heard = first_news(engine, job, elsewhere)
    assert (kinds, heard) == (["state", "created", "moved", "moved", "end"], False)


def test_with_notifications_they_are_not(engine: Engine, job: JobRef) -> None:
    kinds, heard = first_news(engine, job, engine.url)
    assert (kinds, heard) == (["state", "created", "moved", "moved", "end"], True)
