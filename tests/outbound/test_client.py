import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import ClassVar
from urllib.parse import urlsplit

import httpx
import pytest

from cliply.errors import ErrorCode, InvalidInput
from cliply.outbound.addresses import Reach, read_networks
from cliply.outbound.client import create_client
from tests.local_server import served

LOOPBACK = read_networks(["127.0.0.0/8"])


class Echo(BaseHTTPRequestHandler):
    """Keeps what it was asked, sets a cookie, and redirects under /away."""

    asked: ClassVar[list[tuple[str, str | None, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"], self.headers["Cookie"]))
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "/inside")
        self.send_header("Set-Cookie", "known=1")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def echo() -> Iterator[str]:
    Echo.asked.clear()
    with served(Echo) as address:
        yield address


def test_the_call_goes_to_the_checked_address_under_its_name(echo: str) -> None:
    port = urlsplit(echo).port
    asked: list[str] = []

    def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with create_client(Reach(LOOPBACK, resolve)) as client:
        answer = client.get(f"http://hooks.example.com:{port}/x")

    assert answer.text == "hello"
    assert asked == ["hooks.example.com"]
    assert Echo.asked == [("/x", f"hooks.example.com:{port}", None)]


def test_a_name_that_is_rebound_gains_nothing(echo: str) -> None:
    """Allowed when it was first looked up, inside when it is connected to."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    reach = Reach(LOOPBACK, lambda _host, _port: next(answers))
    port = urlsplit(echo).port or 0
    reach.addresses_of("hooks.example.com", port, is_encrypted=False)

    with create_client(reach) as client, pytest.raises(InvalidInput) as refusal:
        client.get(f"http://hooks.example.com:{port}/")

    assert refusal.value.code == ErrorCode.address_refused
    assert Echo.asked == []


def test_every_call_is_checked_and_none_uses_an_open_connection(echo: str) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    port = urlsplit(echo).port

    with create_client(Reach(LOOPBACK, lambda _host, _port: next(answers))) as client:
        client.get(f"http://hooks.example.com:{port}/")
        with pytest.raises(InvalidInput):
            client.get(f"http://hooks.example.com:{port}/")


def test_a_redirect_is_an_answer_and_not_followed(echo: str) -> None:
    with create_client(Reach(LOOPBACK)) as client:
        assert client.get(f"{echo}/away").status_code == 302

    assert [path for path, _, _ in Echo.asked] == ["/away"]


def test_no_cookie_is_kept_for_the_next_tenant(echo: str) -> None:
    with create_client(Reach(LOOPBACK)) as client:
        client.get(echo)
        client.get(echo)

    assert [cookie for _, _, cookie in Echo.asked] == [None, None]


def test_without_permission_nothing_on_this_machine_is_called(echo: str) -> None:
    with create_client(Reach()) as client, pytest.raises(InvalidInput):
        client.get(echo)

    assert Echo.asked == []


def test_a_name_without_an_address_is_a_failed_connection() -> None:
    def resolve(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with create_client(Reach(LOOPBACK, resolve)) as client, pytest.raises(httpx.ConnectError):
        client.get("http://nowhere.example.com/")


def test_the_next_address_is_tried_when_the_first_does_not_answer(echo: str) -> None:
    port = urlsplit(echo).port
    reach = Reach(LOOPBACK, lambda _host, _port: ["127.0.0.9", "127.0.0.1"])

    with create_client(reach) as client:
        assert client.get(f"http://hooks.example.com:{port}/").status_code == 200


@contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        yield server


def test_a_byte_now_and_then_does_not_put_the_end_off() -> None:
    with listening() as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                    for _ in range(100):
                        time.sleep(0.1)
                        connection.sendall(b"a")
                except OSError:
                    pass  # the client hung up, as it should

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        client = create_client(Reach(LOOPBACK), timeout_s=0.5)
        with client, pytest.raises(httpx.TimeoutException):
            client.get(f"http://127.0.0.1:{server.getsockname()[1]}/")
        took_s = time.monotonic() - began
        thread.join()

    assert 0.4 < took_s < 2.0


def test_tls_asks_for_the_name_and_not_for_the_address() -> None:
    with listening() as server:
        first: list[bytes] = []

        def hear() -> None:
            connection, _ = server.accept()
            with connection:
                first.append(connection.recv(4096))

        thread = threading.Thread(target=hear)
        thread.start()
        reach = Reach(LOOPBACK, lambda _host, _port: ["127.0.0.1"])
        with create_client(reach) as client, pytest.raises(httpx.HTTPError):
            client.get(f"https://hooks.example.com:{server.getsockname()[1]}/")
        thread.join()

    assert first[0][0] == 22, "a TLS handshake"
    assert b"hooks.example.com" in first[0]
    assert ssl.HAS_SNI
