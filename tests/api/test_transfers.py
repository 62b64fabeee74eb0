"""Bytes on their way through the application: whole, cut, resumed, too many, forged."""

import http.client
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.arrivals import BATCH_BYTES
from api.backend import Backend
from cliply.domain.ids import WorkspaceId
from cliply.storage.partial import PartialFile
from tests.api.test_uploads import announce, code_of, stored

CONTENT = bytes(range(256)) * 40
SIZE = len(CONTENT)


@pytest.fixture
def link(editor: TestClient) -> dict[str, object]:
    return announce(editor, CONTENT)


def put(client: TestClient, link: dict[str, object], content: bytes | Iterator[bytes], **headers):
    return client.put(
        str(link["url"]), content=content, headers={"Content-Type": "video/mp4", **headers}
    )


def ranged(first: int, last: int, total: int = SIZE) -> dict[str, str]:
    return {"Content-Range": f"bytes {first}-{last}/{total}"}


def offset(client: TestClient, link: dict[str, object]) -> int:
    answer = client.head(str(link["url"]))
    assert answer.status_code == 200
    assert answer.headers["Upload-Length"] == str(SIZE)
    return int(answer.headers["Upload-Offset"])


def object_of(backend: Backend, workspace: WorkspaceId, link: dict[str, object]) -> bytes:
    upload = str(link["upload_id"]).replace("-", "")
    return backend.store.get_bytes(f"{workspace.hex}/uploads/{upload}.mp4")


def test_a_whole_file_arrives_without_a_login(
    anonymous: TestClient, link: dict[str, object], backend: Backend, workspace: WorkspaceId
) -> None:
    answer = put(anonymous, link, CONTENT)
    assert answer.status_code == 200, answer.text
    assert answer.json()["received_bytes"] == SIZE
    assert object_of(backend, workspace, link) == CONTENT
    assert offset(anonymous, link) == SIZE


def test_a_file_arrives_in_ranges(
    anonymous: TestClient, link: dict[str, object], backend: Backend, workspace: WorkspaceId
) -> None:
    assert offset(anonymous, link) == 0
    assert put(anonymous, link, CONTENT[:1000], **ranged(0, 999)).json()["received_bytes"] == 1000
    assert offset(anonymous, link) == 1000
    put(anonymous, link, CONTENT[1000:5000], **ranged(1000, 4999))
    put(anonymous, link, CONTENT[5000:], **ranged(5000, SIZE - 1))
    assert object_of(backend, workspace, link) == CONTENT


def test_a_file_can_be_sent_again_from_its_beginning(
    anonymous: TestClient, link: dict[str, object], backend: Backend, workspace: WorkspaceId
) -> None:
    put(anonymous, link, b"\xff" * 1000, **ranged(0, 999))
    assert put(anonymous, link, CONTENT).status_code == 200
    assert object_of(backend, workspace, link) == CONTENT


@pytest.mark.parametrize(
    "content_range",
    ["bytes 500-999/10240", "bytes 1500-10239/10240", "bytes 1000-10239/10241",
     "bytes 1000-10240/10240", "bytes 999-1/10240", "octets 1000-10239/10240", "bytes */10240",
     f"bytes {'9' * 30}-1/1"],
)  # fmt: skip
def test_a_range_that_does_not_follow_is_refused_and_harms_nothing(
    content_range: str, anonymous: TestClient, link: dict[str, object]
) -> None:
    put(anonymous, link, CONTENT[:1000], **ranged(0, 999))
    answer = put(anonymous, link, iter([CONTENT[1000:]]), **{"Content-Range": content_range})
    assert (answer.status_code, code_of(answer)) == (416, "RANGE_INVALID")
    assert offset(anonymous, link) == 1000


def test_more_than_was_announced_is_refused_and_removed(
    anonymous: TestClient, link: dict[str, object], backend: Backend, workspace: WorkspaceId
) -> None:
    told = put(anonymous, link, CONTENT + b"!")
    assert (told.status_code, code_of(told)) == (413, "UPLOAD_TOO_LARGE")
    streamed = put(anonymous, link, iter([CONTENT, b"!"]))
    assert (streamed.status_code, code_of(streamed)) == (413, "UPLOAD_TOO_LARGE")
    assert stored(backend, workspace) == []
    assert offset(anonymous, link) == 0


def test_less_than_was_announced_is_refused_and_kept_for_the_rest(
    anonymous: TestClient, link: dict[str, object]
) -> None:
    told = put(anonymous, link, CONTENT[:-1])
    assert (told.status_code, code_of(told)) == (422, "UPLOAD_INCOMPLETE")
    assert offset(anonymous, link) == 0
    streamed = put(anonymous, link, iter([CONTENT[:700], CONTENT[700:1234]]))
    assert (streamed.status_code, code_of(streamed)) == (422, "UPLOAD_INCOMPLETE")
    assert offset(anonymous, link) == 1234


def test_another_type_than_was_announced_is_refused(
    anonymous: TestClient, link: dict[str, object]
) -> None:
    for kind in ("text/html", "video/webm", ""):
        answer = put(anonymous, link, CONTENT, **{"Content-Type": kind})
        assert (answer.status_code, code_of(answer)) == (415, "UPLOAD_TYPE_UNSUPPORTED")


def test_bytes_that_tell_no_type_are_of_the_announced_one(
    anonymous: TestClient, link: dict[str, object]
) -> None:
    answer = put(anonymous, link, CONTENT, **{"Content-Type": "application/octet-stream"})
    assert answer.status_code == 200


def test_what_has_arrived_whole_can_not_be_replaced(
    anonymous: TestClient, link: dict[str, object], backend: Backend, workspace: WorkspaceId
) -> None:
    put(anonymous, link, CONTENT)
    answer = put(anonymous, link, b"\0" * SIZE)
    assert (answer.status_code, code_of(answer)) == (409, "CONFLICT")
    assert object_of(backend, workspace, link) == CONTENT
    assert len(stored(backend, workspace)) == 1


def test_a_second_writer_is_refused(
    anonymous: TestClient, link: dict[str, object], backend: Backend, workspace: WorkspaceId
) -> None:
    upload = str(link["upload_id"]).replace("-", "")
    first = PartialFile(backend.store.partial_path(f"{workspace.hex}/uploads/{upload}.mp4"))
    answer = put(anonymous, link, CONTENT)
    assert (answer.status_code, code_of(answer)) == (409, "CONFLICT")
    first.close()
    assert put(anonymous, link, CONTENT).status_code == 200


def test_a_changed_link_lets_nobody_in(
    anonymous: TestClient, editor: TestClient, link: dict[str, object]
) -> None:
    other = announce(editor, CONTENT)
    url = str(link["url"])
    forged = [
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace("expires=", "expires=9"),
        url.replace(str(link["upload_id"]), str(other["upload_id"])),
        url + "&workspace=10ca1000000040008000000000000001",
        url + "&more=1",
    ]
    for address in forged:
        for answer in (
            anonymous.put(address, content=CONTENT, headers={"Content-Type": "video/mp4"}),
            anonymous.head(address),
        ):
            assert answer.status_code == 403, address


def test_a_body_may_be_larger_than_a_json_request(
    anonymous: TestClient, editor: TestClient, backend: Backend, workspace: WorkspaceId
) -> None:
    content = bytes(2 * BATCH_BYTES + 12345)
    link = announce(editor, content)
    pieces = (content[start : start + 70_001] for start in range(0, len(content), 70_001))
    assert put(anonymous, link, pieces).status_code == 200
    assert object_of(backend, workspace, link) == content


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """The application behind a real socket."""
    ready = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [ready]})
    thread.start()
    try:
        yield f"127.0.0.1:{ready.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        ready.close()


def begin_to_send(address: str, path: str, content: bytes, size: int) -> http.client.HTTPConnection:
    """A request of which only a part was sent."""
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.putrequest("PUT", path)
    connection.putheader("Content-Type", "video/mp4")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    connection.send(content)
    return connection


def send_rest(address: str, path: str, content: bytes) -> list[int]:
    """As a client does: ask what has arrived, send the rest; the offsets it went on from."""
    offsets: list[int] = []
    for _ in range(200):
        connection = http.client.HTTPConnection(address, timeout=20)
        connection.request("HEAD", path)
        head = connection.getresponse()
        head.read()
        offsets.append(int(head.headers["Upload-Offset"]))
        headers = ranged(offsets[-1], len(content) - 1, len(content))
        connection.request(
            "PUT", path, content[offsets[-1] :], {"Content-Type": "video/mp4", **headers}
        )
        status = connection.getresponse().status
        connection.close()
        if status == 200:
            return offsets
        assert status in (409, 416), status
        time.sleep(0.05)
    raise AssertionError("the rest was never taken")


def test_a_cut_connection_goes_on_where_it_was(
    editor: TestClient, backend: Backend, workspace: WorkspaceId
) -> None:
    content = random.Random(1).randbytes(2 * BATCH_BYTES)
    link = announce(editor, content)
    path = str(link["url"]).partition("8070")[2]
    with listening(create_app(backend)) as address:
        cut = begin_to_send(address, path, content[: BATCH_BYTES + 100_000], len(content))
        while int(editor.head(str(link["url"])).headers["Upload-Offset"]) < BATCH_BYTES:
            time.sleep(0.02)
        cut.close()
        offsets = send_rest(address, path, content)
    assert offsets[-1] >= BATCH_BYTES
    assert object_of(backend, workspace, link) == content


def test_the_link_leads_to_the_public_address(editor: TestClient, backend: Backend) -> None:
    settings = backend.settings.model_copy(update={"public_url": "https://clips.example.com/"})
    app = create_app(replace(backend, settings=settings))
    client = TestClient(app, headers=editor.headers)
    parts = urlsplit(str(announce(client, b"x")["url"]))
    assert (parts.scheme, parts.netloc) == ("https", "clips.example.com")
