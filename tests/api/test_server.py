"""The server itself, spoken to in bytes over a socket."""

import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from sqlalchemy import Engine

from api import server
from api.app import create_app
from tests.api.backends import open_backend


class Quick(server.LendingProtocol):
    """The same with less patience."""

    patience_s = 0.6


@pytest.fixture(scope="module")
def port(
    engine: Engine, system_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    backend = open_backend(
        engine, system_engine, tmp_path_factory.mktemp("server"), max_body_bytes=10_000
    )
    options = server.options("127.0.0.1", 0, 1) | {"factory": False, "http": Quick}
    running = uvicorn.Server(uvicorn.Config(create_app(backend), **options))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    running.should_exit = True
    thread.join(20)
    listening.close()
    assert not thread.is_alive()


def speak(port: int, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(sent)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in rest)
    return int(first.split()[1]), headers, body


def test_the_server_does_not_say_what_it_is(port: int) -> None:
    status, headers, _ = speak(
        port, b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )

    assert status == 200
    assert "server" not in headers
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /api/\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /api/%ff%fe?%ff=%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /api/health?\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET http://evil/../api HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        b"GET /api/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET //api//health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /api/nowhere HTTP/1.1\r\nHost: \x00\xff\r\nConnection: close\r\n\r\n",
        b"GET /api/nowhere HTTP/1.1\r\nX-A: a\x00b\r\nConnection: close\r\n\r\n",
        b"GET /api/nowhere HTTP/1.1\r\nX-Request-Id: \xff\xff\r\nConnection: close\r\n\r\n",
        b"POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /api/jobs HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: close\r\n\r\n0\r\n\r\n",
        b"BREW /api/health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET /api/health HTTP/9.9\r\nConnection: close\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nConnection: close\r\n\r\n",
    ],
)
def test_whatever_is_sent_the_answer_is_the_callers_fault(port: int, sent: bytes) -> None:
    status, headers, body = speak(port, sent)

    assert 400 <= status < 500
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["error"].keys() == {"code", "message", "trace_id"}


def test_a_body_that_is_longer_than_it_may_be_ends_the_connection(port: int) -> None:
    head = b"POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 10001\r\n\r\n"

    status, headers, body = speak(port, head)

    assert status == 413
    assert headers["connection"] == "close"
    assert json.loads(body)["error"]["code"] == "BODY_TOO_LARGE"


def ends_within(port: int, sent: bytes, drip: bytes = b"") -> float:
    """Seconds until the server hangs up on somebody who sends this and then drips."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=0.1) as client:
        client.sendall(sent)
        while time.monotonic() - began < 8:
            try:
                if not client.recv(1000):
                    break
            except TimeoutError:
                client.sendall(drip)
            except OSError:
                break
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("sent", "drip"),
    [(b"", b""), (b"GET /api/he", b""), (b"GET /api/health HTTP/1.1\r\nX-A: ", b"a")],
)
def test_who_never_finishes_a_request_is_hung_up_on(port: int, sent: bytes, drip: bytes) -> None:
    assert 0.4 < ends_within(port, sent, drip) < 4
