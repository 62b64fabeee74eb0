"""What frames every request: ids, addresses, headers, limits, and errors nobody expected."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI, Request, WebSocket
from sqlalchemy import Engine
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from api.app import create_app
from api.backend import Backend
from api.guard import Guard
from api.middleware import OnAnswer, in_turn
from tests.api.backends import open_backend

ORIGIN = "https://app.example"


@pytest.fixture(scope="module")
def common(
    engine: Engine, system_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Backend:
    """One for all tests here: making the routes of an application takes a second."""
    return open_backend(engine, system_engine, tmp_path_factory.mktemp("frame"))


def build(backend: Backend, **changed: Any) -> FastAPI:
    """An application with other settings and routes that do as tests need."""
    settings = backend.settings.model_copy(update=changed)
    app = create_app(replace(backend, settings=settings))

    @app.get("/api/try/fail")
    def fail() -> None:
        raise RuntimeError("the secret of this failure")

    @app.get("/api/try/ip")
    def tell_ip(request: Request) -> str:
        return str(request.state.ip)

    @app.post("/api/try/body")
    def take_body(body: dict[str, Any]) -> int:
        return len(body)

    @app.websocket("/api/try/socket")
    async def greet(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    return app


@pytest.fixture(scope="module")
def client(common: Backend) -> TestClient:
    app = build(common, cors_origins=(ORIGIN,), trusted_proxies=("10.0.0.0/8",))
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def careful(common: Backend) -> TestClient:
    """As in production."""
    hosts = ("clips.example", "*.studio.example")
    return TestClient(build(common, environment="production", allowed_hosts=hosts))


def code_of(answer: Any) -> str:
    error = answer.json()["error"]
    assert set(error) <= {"code", "message", "trace_id", "fields"}
    assert error["trace_id"] == answer.headers["x-request-id"]
    return str(error["code"])


def test_an_error_that_nobody_expected_tells_nothing_but_its_trace_id(client: TestClient) -> None:
    answer = client.get("/api/try/fail", headers={"Origin": ORIGIN})

    assert answer.status_code == 500
    assert code_of(answer) == "INTERNAL"
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/try/fail", b"", 500),
        ("GET", "/api/nowhere", b"", 404),
        ("GET", "/api/try/body", b"", 405),
        ("POST", "/api/try/body", b"x" * 1_000_001, 413),
        ("POST", "/api/try/body", b"{", 400),
        ("GET", "/api/try/ip?x=%00", b"", 422),
    ],
)
def test_a_web_page_can_read_every_error(
    client: TestClient, method: str, path: str, body: bytes, status: int
) -> None:
    sent = {"Origin": ORIGIN, "Content-Type": "application/json"}
    answer = client.request(method, path, content=body, headers=sent)

    assert answer.status_code == status
    assert code_of(answer)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"]


def test_another_origin_gets_no_permission(client: TestClient) -> None:
    answer = client.get("/api/health", headers={"Origin": "https://evil.example"})

    assert "access-control-allow-origin" not in answer.headers


def test_a_body_without_a_length_is_cut_off_at_the_limit(client: TestClient) -> None:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(30):
            sent += 100_000
            yield b"x" * 100_000

    answer = client.post("/api/try/body", content=chunks())

    assert answer.status_code == 413
    assert code_of(answer) == "BODY_TOO_LARGE"


@pytest.mark.parametrize("body", [b"{" * 100_000, b'{"a":' * 5_000, b"\xff\xfe", b"9" * 5_000, b""])
def test_a_body_that_is_no_json_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post(
        "/api/try/body", content=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code in (400, 422)
    assert code_of(answer) in ("JSON_MALFORMED", "REQUEST_INVALID")


def test_a_compressed_body_is_not_unpacked(client: TestClient) -> None:
    answer = client.post("/api/try/body", content=b"x", headers={"Content-Encoding": "gzip"})

    assert answer.status_code == 415
    assert code_of(answer) == "MEDIA_TYPE_UNSUPPORTED"


@pytest.mark.parametrize("path", ["/api/%00", "/api/jobs/%00", "/api/try/ip%00", "/%ff%fe"])
def test_an_odd_path_is_an_unknown_route(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert code_of(answer) == "ROUTE_UNKNOWN"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "DELETE", "BREW"])
def test_a_method_that_a_route_does_not_take_is_named(client: TestClient, method: str) -> None:
    answer = client.request(method, "/api/try/ip")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.1", "198.51.100.7", "203.0.113.1"),  # not one of our proxies
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),  # the first was made up
        ("10.0.0.1", "1.2.3.4, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "nonsense", "unknown"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
def test_only_our_proxies_are_believed_whom_they_speak_for(
    client: TestClient, peer: str, forwarded: str, seen: str
) -> None:
    near = TestClient(client.app, client=(peer, 1234))

    answer = near.get("/api/try/ip", headers={"X-Forwarded-For": forwarded})

    assert answer.json() == seen


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ({"X-Request-Id": "my-request-1"}, "my-request-1"),
        (
            {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
            "4bf92f3577b34da6a3ce929d0e0e4736",
        ),
    ],
)
def test_a_request_keeps_the_id_that_it_came_with(
    client: TestClient, sent: dict[str, str], got: str
) -> None:
    assert client.get("/api/health", headers=sent).headers["x-request-id"] == got


@pytest.mark.parametrize("sent", ["short", "a b c d e f g", "x" * 65, 'quote"quote"'])
def test_an_id_that_could_break_a_log_is_replaced(client: TestClient, sent: str) -> None:
    got = client.get("/api/health", headers={"X-Request-Id": sent}).headers["x-request-id"]

    assert got != sent
    assert len(got) == 32


def test_production_asks_for_encryption_and_development_does_not(
    client: TestClient, careful: TestClient
) -> None:
    assert "strict-transport-security" not in client.get("/api/health").headers
    assert "max-age=31536000" in careful.get("/api/health").headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("host", "status"),
    [("clips.example", 200), ("clips.example:443", 200), ("a.studio.example", 200),
     ("evil.example", 400), ("studio.example", 400), ("clips.example.evil", 400)],
)  # fmt: skip
def test_only_our_hosts_are_answered_to(careful: TestClient, host: str, status: int) -> None:
    answer = careful.get("/api/try/ip", headers={"Host": host})

    assert answer.status_code == status
    assert careful.get("/api/health", headers={"Host": "10.1.2.3"}).status_code == 200
    with ExitStack() as stack:
        if status != 200:
            stack.enter_context(pytest.raises(WebSocketDisconnect))
        socket = careful.websocket_connect("/api/try/socket", headers={"Host": host})
        assert stack.enter_context(socket).receive_text() == "hello"


def test_observers_hear_of_the_begin_and_of_the_end(common: Backend) -> None:
    heard: list[object] = []

    def observer(name: str) -> Any:
        def began(scope: Scope) -> OnAnswer:
            heard.append((name, scope["path"], len(scope["state"]["request_id"])))
            return lambda status, seconds: heard.append((name, status, seconds > 0))

        return began

    app = create_app(common, on_request=in_turn([observer("one"), observer("two")]))
    TestClient(app).get("/api/nowhere")

    assert heard == [
        ("one", "/api/nowhere", 32),
        ("two", "/api/nowhere", 32),
        ("two", 404, True),
        ("one", 404, True),
    ]


def test_a_body_that_stops_arriving_is_not_waited_for() -> None:
    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        raise AssertionError("the body never ends")

    parts = [{"type": "http.request", "body": b"x", "more_body": True}]
    sent: list[Message] = []

    async def receive() -> Message:
        if parts:
            return parts.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    guard = Guard(reads, max_body_bytes=100, streamed=("/slow/",), pause_s=0.05)
    scope = {
        "type": "http", "path": "/slow/x", "query_string": b"", "headers": [],
        "state": {"request_id": "r1"},
    }  # fmt: skip
    asyncio.run(guard(scope, receive, send))

    assert sent[0]["status"] == 408
    assert b"REQUEST_TIMEOUT" in sent[1]["body"]
