"""Bodies over a real socket, whether the server lends them or hands them over in messages."""

import asyncio
import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request
from sqlalchemy import Engine

from api.app import create_app
from api.arrivals import receive_into
from api.backend import Backend
from api.raw_bodies import EXTENSION, LEND, RawBody
from cliply.domain.access import Role
from cliply.domain.ids import WorkspaceId
from cliply.errors import Conflict
from cliply.storage.partial import PartialFile
from tests.api.backends import open_backend
from tests.api.clients import add_member
from tests.api.sending import (
    CONTENT,
    HALF,
    SIZE,
    WAYS,
    Announced,
    begin,
    certificate,
    ended,
    offset,
    running,
    until,
)


@dataclass(frozen=True)
class Running:
    """The application behind a real socket."""

    backend: Backend
    address: str
    lent: list[int]
    """The length of each body that was lent."""


@pytest.fixture(scope="module")
def shared_backend(
    engine: Engine, system_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Backend:
    return open_backend(engine, system_engine, tmp_path_factory.mktemp("arrivals"))


@pytest.fixture(scope="module", params=WAYS)
def service(request: pytest.FixtureRequest, shared_backend: Backend) -> Iterator[Running]:
    lent: list[int] = []
    with running(create_app(shared_backend), request.param, lent) as address:
        yield Running(shared_backend, address, lent)


@pytest.fixture
def announce(
    shared_backend: Backend, system_engine: Engine, workspace: WorkspaceId
) -> Iterator[Callable[[str], Announced]]:
    """Announces to the server at an address."""
    headers = add_member(system_engine, shared_backend, workspace, Role.editor).headers
    body = {"file_name": "a.mp4", "content_type": "video/mp4", "size_bytes": SIZE}
    with httpx.Client(headers=headers) as client:

        def told(address: str) -> Announced:
            answer = client.post(f"http://{address}/api/upload/presign", json=body).json()
            upload = answer["upload_id"].replace("-", "")
            return Announced(
                answer["url"].partition("8070")[2], f"{workspace.hex}/uploads/{upload}.mp4"
            )

        yield told


@pytest.fixture
def link(service: Running, announce: Callable[[str], Announced]) -> Announced:
    return announce(service.address)


def test_the_file_arrives_and_the_connection_goes_on(service: Running, link: Announced) -> None:
    connection = begin(service.address, link.path)
    connection.send(CONTENT)
    assert ended(connection)[0] == 200
    assert service.backend.store.get_bytes(link.key) == CONTENT
    same = connection.sock
    connection.request("GET", "/api/health")
    assert ended(connection)[0] == 200
    assert connection.sock is same
    connection.close()


def test_large_bodies_are_lent_where_the_server_lends(
    request: pytest.FixtureRequest, service: Running, link: Announced
) -> None:
    service.lent.clear()
    connection = begin(service.address, link.path)
    connection.send(CONTENT)
    assert ended(connection)[0] == 200
    connection.close()
    lends = request.node.callspec.params["service"] == "lent"
    assert service.lent == ([SIZE] if lends else [])


def test_a_body_of_unknown_length_arrives_in_messages(service: Running, link: Announced) -> None:
    service.lent.clear()
    pieces = (CONTENT[start : start + 70_001] for start in range(0, SIZE, 70_001))
    answer = httpx.put(
        f"http://{service.address}{link.path}",
        content=pieces,
        headers={"Content-Type": "video/mp4"},
    )
    assert answer.status_code == 200, answer.text
    assert service.lent == []
    assert service.backend.store.get_bytes(link.key) == CONTENT


def test_who_waits_to_be_told_to_go_on_is_told(service: Running, link: Announced) -> None:
    connection = begin(service.address, link.path, Expect="100-continue")
    assert connection.sock.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.send(CONTENT)
    assert ended(connection)[0] == 200
    connection.close()


def test_a_slow_sender_is_waited_for(service: Running, link: Announced) -> None:
    connection = begin(service.address, link.path)
    for start in range(0, SIZE, 200_000):
        connection.send(CONTENT[start : start + 200_000])
        time.sleep(0.03)
    began = time.monotonic()
    assert ended(connection)[0] == 200
    assert time.monotonic() - began < 0.8, "the end of a body has to wake the reader"
    connection.close()
    assert service.backend.store.get_bytes(link.key) == CONTENT


def test_who_goes_leaves_what_has_arrived_for_the_rest(service: Running, link: Announced) -> None:
    connection = begin(service.address, link.path)
    connection.send(CONTENT[:HALF])
    connection.close()
    partial = service.backend.store.partial_path(link.key)
    until(lambda: offset(service.address, link.path) == HALF)
    assert partial.read_bytes() == CONTENT[:HALF]
    rest = {
        "Content-Range": f"bytes {HALF}-{SIZE - 1}/{SIZE}", "Content-Length": str(SIZE - HALF)
    }  # fmt: skip
    connection = begin(service.address, link.path, **rest)
    connection.send(CONTENT[HALF:])
    assert ended(connection)[0] == 200
    connection.close()
    assert service.backend.store.get_bytes(link.key) == CONTENT


def test_who_resets_the_connection_leaves_what_has_arrived(
    service: Running, link: Announced
) -> None:
    connection = begin(service.address, link.path)
    connection.send(CONTENT[:HALF])
    until(service.backend.store.partial_path(link.key).exists)
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    partial = service.backend.store.partial_path(link.key)

    def is_free() -> bool:
        """Nobody writes it any more."""
        try:
            PartialFile(partial).close()
        except Conflict:
            return False
        return True

    until(is_free)
    arrived = partial.read_bytes()
    assert arrived == CONTENT[: len(arrived)]


def test_what_is_sent_behind_a_body_is_not_part_of_the_file(
    service: Running, link: Announced
) -> None:
    connection = begin(service.address, link.path, Connection="keep-alive")
    connection.send(CONTENT + b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answers = b"".join(iter(lambda: connection.sock.recv(65536), b""))
    connection.close()
    assert answers.count(b"HTTP/1.1 200") == 2
    assert service.backend.store.get_bytes(link.key) == CONTENT


def test_a_changed_link_is_refused_before_a_byte_of_the_body(
    service: Running, link: Announced
) -> None:
    service.lent.clear()
    connection = begin(service.address, link.path[:-1] + "!", Expect="100-continue")
    assert ended(connection)[0] == 403
    connection.close()
    assert service.lent == []
    assert offset(service.address, link.path) == 0


def test_another_length_than_was_announced_is_refused_before_a_byte(
    service: Running, link: Announced
) -> None:
    for length, status in ((SIZE + 1, 413), (SIZE - 1, 422)):
        headers = {"Content-Length": str(length), "Expect": "100-continue"}
        connection = begin(service.address, link.path, **headers)
        assert ended(connection)[0] == status
        connection.close()
    assert offset(service.address, link.path) == 0


def test_a_second_sender_is_refused_and_the_first_one_goes_on(
    service: Running, link: Announced
) -> None:
    first = begin(service.address, link.path)
    first.send(CONTENT[:HALF])
    until(service.backend.store.partial_path(link.key).exists)
    second = begin(service.address, link.path, Expect="100-continue")
    assert ended(second)[0] == 409
    second.close()
    first.send(CONTENT[HALF:])
    assert ended(first)[0] == 200
    first.close()
    assert service.backend.store.get_bytes(link.key) == CONTENT


def test_a_full_disk_is_told_and_the_rest_of_the_body_is_passed_over(
    service: Running, link: Announced
) -> None:
    partial = service.backend.store.partial_path(link.key)
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.symlink_to("/dev/full")
    connection = begin(service.address, link.path)
    connection.send(CONTENT)
    status, text = ended(connection)
    assert (status, "DISK_FULL" in text) == (503, True), text
    connection.request("GET", "/api/health")
    assert ended(connection)[0] == 200
    connection.close()
    partial.unlink()
    assert offset(service.address, link.path) == 0


def test_senders_who_have_paused_hold_up_nobody(
    service: Running, announce: Callable[[str], Announced]
) -> None:
    crowd = 45  # more than the event loop has threads
    paused = [begin(service.address, announce(service.address).path) for _ in range(crowd)]
    for connection in paused:
        connection.send(CONTENT[:100_000])
    connection = http.client.HTTPConnection(service.address, timeout=5)
    connection.request("GET", "/api/readyz")
    assert ended(connection)[0] == 200
    connection.close()
    for connection in paused:
        connection.close()


@pytest.mark.parametrize("way", WAYS)
def test_the_end_of_the_server_leaves_what_has_arrived(
    way: str, shared_backend: Backend, announce: Callable[[str], Announced]
) -> None:
    with running(create_app(shared_backend), way, []) as address:
        link = announce(address)
        connection = begin(address, link.path)
        connection.send(CONTENT[:HALF])
        until(shared_backend.store.partial_path(link.key).exists)
        time.sleep(0.2)
    connection.close()
    partial = shared_backend.store.partial_path(link.key)
    arrived = partial.read_bytes()
    assert arrived == CONTENT[: len(arrived)]
    PartialFile(partial).close()  # nobody writes it any more


def test_the_other_loop_lends_too(
    shared_backend: Backend, announce: Callable[[str], Announced]
) -> None:
    lent: list[int] = []
    with running(create_app(shared_backend), "lent", lent, loop="asyncio") as address:
        link = announce(address)
        connection = begin(address, link.path)
        connection.send(CONTENT[:HALF])
        until(lambda: offset(address, link.path) == HALF)
        connection.send(CONTENT[HALF:])
        assert ended(connection)[0] == 200
        connection.request("GET", "/api/health")
        assert ended(connection)[0] == 200
        connection.close()
    assert lent == [SIZE]
    assert shared_backend.store.get_bytes(link.key) == CONTENT


def test_what_is_encrypted_is_not_lent(
    shared_backend: Backend, announce: Callable[[str], Announced], tmp_path: Path
) -> None:
    app, lent = create_app(shared_backend), []
    with running(app, "lent", lent) as address:
        link = announce(address)
    with running(app, "lent", lent, **certificate(tmp_path)) as address:
        answer = httpx.put(
            f"https://{address}{link.path}",
            content=CONTENT,
            headers={"Content-Type": "video/mp4"},
            verify=False,
        )
    assert (answer.status_code, lent) == (200, [])
    assert shared_backend.store.get_bytes(link.key) == CONTENT


def lent_request(body: RawBody) -> Request:
    @contextmanager
    def lend() -> Iterator[RawBody]:
        yield body

    return Request({"type": "http", "extensions": {EXTENSION: {LEND: lend}}})


def message_request(first: bytes) -> Request:
    sent = [{"type": "http.request", "body": first, "more_body": True}]

    async def receive() -> dict[str, Any]:
        if not sent:
            await asyncio.sleep(60)
        return sent.pop()

    return Request({"type": "http"}, receive)


@pytest.mark.parametrize("way", ["lent", "messages"])
def test_who_stops_sending_is_waited_for_only_so_long(way: str, tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.send(b"bcd")
    file = PartialFile(tmp_path / "file#0")
    requests = {"lent": lent_request(RawBody(b"a", ours, 9)), "messages": message_request(b"abcd")}
    began = time.monotonic()
    assert asyncio.run(receive_into(file, requests[way], 10, pause_s=0.2)) == 6
    assert 0.2 <= time.monotonic() - began < 2
    file.close()
    ours.close()
    theirs.close()
    assert (tmp_path / "file#0").read_bytes() == b"abcd"
