"""The proxy that stands before whatever fetches what a tenant names."""

import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

import pytest

from cliply.errors import ErrorCode, SettingsError
from cliply.outbound.addresses import Reach, read_networks
from cliply.outbound.dialling import Upstream
from cliply.outbound.egress import Egress, opened_egress

LOOPBACK = read_networks(["127.0.0.0/8"])
MUCH = 1 << 30


@contextmanager
def server(answer: Callable[[socket.socket], None], address: str = "127.0.0.1") -> Iterator[int]:
    """A port whose connections are answered one after the other."""
    with socket.create_server((address, 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    visitor, _ = listening.accept()
                except OSError:
                    return
                with visitor, suppress(OSError):
                    answer(visitor)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def echo(visitor: socket.socket) -> None:
    while piece := visitor.recv(1024):
        visitor.sendall(piece)


def pour(visitor: socket.socket) -> None:
    visitor.recv(1024)
    while True:
        visitor.sendall(b"x" * 65536)


def asking(egress: Egress, request: str, *, password: str | None = None) -> socket.socket:
    parts = urlsplit(egress.url)
    given = unquote(parts.password or "") if password is None else password
    token = b64encode(f"{parts.username}:{given}".encode()).decode()
    client = socket.create_connection(("127.0.0.1", egress.port), timeout=10)
    head = f"{request} HTTP/1.1\r\nHost: any\r\nProxy-Authorization: Basic {token}\r\n\r\n"
    client.sendall(head.encode())
    return client


def read_all(client: socket.socket) -> bytes:
    pieces = []
    with suppress(ConnectionResetError):
        while piece := client.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def leading_to(*addresses: str) -> Reach:
    def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return Reach(LOOPBACK, resolve)


def test_a_tunnel_carries_bytes_both_ways_and_counts_those_that_come_in() -> None:
    reach = leading_to("127.0.0.1")
    with server(echo) as port, opened_egress(reach, MUCH) as egress:
        with asking(egress, f"CONNECT media.example:{port}") as client:
            assert client.recv(1024).startswith(b"HTTP/1.1 200")
            client.sendall(b"hello")
            assert client.recv(1024) == b"hello"

        assert egress.received_bytes == 5


def test_who_does_not_know_the_password_is_not_let_through() -> None:
    reached = []
    with (
        server(reached.append) as port,
        opened_egress(Reach(LOOPBACK), MUCH) as egress,
        asking(egress, f"CONNECT 127.0.0.1:{port}", password="guess") as client,
    ):
        answer = read_all(client)

    assert answer.startswith(b"HTTP/1.1 407")
    assert b"Basic" in answer
    assert reached == []


def test_two_downloads_do_not_know_each_others_password() -> None:
    with opened_egress(Reach(), MUCH) as one, opened_egress(Reach(), MUCH) as other:
        assert urlsplit(one.url).password != urlsplit(other.url).password


def test_a_name_is_looked_up_once_and_its_checked_address_called() -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with (
        server(echo) as port,
        opened_egress(Reach(LOOPBACK, resolve), MUCH) as egress,
        asking(egress, f"CONNECT media.example:{port}") as client,
    ):
        assert client.recv(1024).startswith(b"HTTP/1.1 200")

    assert asked == ["media.example"]


@pytest.mark.parametrize(
    "target",
    [
        "127.0.0.1:80", "media.example:22", "[::1]:443", "169.254.169.254:443", "localhost:443",
        "user@media.example:443", "2130706433:443", "media.example:0",
    ],
)  # fmt: skip
def test_an_address_that_is_not_for_tenants_is_refused_with_its_reason(target: str) -> None:
    reach = Reach(resolve=lambda _host, _port: ["93.184.215.14"])
    with opened_egress(reach, MUCH) as egress:
        with asking(egress, f"CONNECT {target}") as client:
            answer = read_all(client)

        assert answer.startswith(b"HTTP/1.1 403")
        assert [one.code for one in egress.refusals] == [ErrorCode.address_refused]


def test_a_name_without_an_address_is_no_refusal() -> None:
    def resolve(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with opened_egress(Reach(resolve=resolve), MUCH) as egress:
        with asking(egress, "CONNECT nowhere.example:443") as client:
            answer = read_all(client)

        assert answer.startswith(b"HTTP/1.1 502")
        assert egress.refusals == []


def test_a_plain_request_goes_on_without_what_is_for_the_proxy_alone() -> None:
    heard: list[bytes] = []

    def answer(visitor: socket.socket) -> None:
        heard.append(visitor.recv(4096))
        visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    with (
        server(answer) as port,
        opened_egress(leading_to("127.0.0.1"), MUCH) as egress,
        asking(egress, f"GET http://media.example:{port}/a?b=c") as client,
    ):
        assert read_all(client).endswith(b"hi")

    assert heard[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"Proxy-" not in heard[0]
    assert b"Connection: close" in heard[0]


def test_a_plain_request_goes_to_allowed_networks_alone() -> None:
    reach = Reach(LOOPBACK, lambda _host, _port: ["93.184.215.14"])
    with (
        opened_egress(reach, MUCH) as egress,
        asking(egress, "GET http://media.example/") as client,
    ):
        assert read_all(client).startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /",
        "nonsense",
        "GET http://[",
        "",
        "CONNECT \xff:1",
        "CONNECT a.example/x:443",
        "CONNECT a.example",
        "CONNECT a.example#:443",
    ],
)  # fmt: skip
def test_what_is_no_request_to_a_proxy_ends(request_line: str) -> None:
    with opened_egress(Reach(), MUCH) as egress, asking(egress, request_line) as client:
        assert not read_all(client).startswith(b"HTTP/1.1 2")


def test_past_the_limit_every_connection_ends() -> None:
    with (
        server(pour) as pouring,
        server(echo) as idle,
        opened_egress(leading_to("127.0.0.1"), 1_000_000) as egress,
        asking(egress, f"CONNECT media.example:{idle}") as waiting,
        asking(egress, f"CONNECT media.example:{pouring}") as client,
    ):
        waiting.recv(1024)
        client.sendall(b"begin")
        received = len(read_all(client))

        assert egress.is_exceeded
        assert received < 2_000_000
        assert read_all(waiting) == b""


def test_the_end_closes_what_is_under_way_at_once() -> None:
    with server(echo) as port:
        with opened_egress(leading_to("127.0.0.1"), MUCH) as egress:
            client = asking(egress, f"CONNECT media.example:{port}")
            client.recv(1024)
            door = egress.port
            began = time.monotonic()
        took_s = time.monotonic() - began
        with client:
            assert read_all(client) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", door))

    assert took_s < 1.5


class Proxy:
    """An operator's proxy that keeps what it was asked and answers itself."""

    def __init__(self, status: str = "200 OK") -> None:
        self.heads: list[bytes] = []
        self.status = status

    def answer(self, visitor: socket.socket) -> None:
        self.heads.append(visitor.recv(4096))
        visitor.sendall(f"HTTP/1.1 {self.status}\r\nX-By: it\r\n\r\n".encode())
        echo(visitor)


def test_an_upstream_is_given_the_checked_address_and_its_own_credentials() -> None:
    proxy = Proxy()
    reach = Reach(resolve=lambda _host, _port: ["2606:4700::1111", "93.184.215.14"])
    with server(proxy.answer) as port:
        upstream = Upstream.parse(f"http://me:p%40ss@127.0.0.1:{port}")
        with (
            opened_egress(reach, MUCH, upstream) as egress,
            asking(egress, "CONNECT media.example:443") as client,
        ):
            assert client.recv(1024).startswith(b"HTTP/1.1 200")
            client.sendall(b"hello")
            assert client.recv(1024) == b"hello"

    token = b64encode(b"me:p@ss")
    assert proxy.heads[0].startswith(b"CONNECT 93.184.215.14:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " + token in proxy.heads[0]
    assert b"media.example" not in proxy.heads[0]


def test_an_upstream_is_not_asked_for_what_is_not_for_tenants() -> None:
    proxy = Proxy()
    reach = Reach(resolve=lambda _host, _port: ["10.0.0.1"])
    with server(proxy.answer) as port:
        upstream = Upstream.parse(f"http://127.0.0.1:{port}")
        with (
            opened_egress(reach, MUCH, upstream) as egress,
            asking(egress, "CONNECT media.example:443") as client,
        ):
            assert read_all(client).startswith(b"HTTP/1.1 403")

    assert proxy.heads == []


def test_an_upstream_that_refuses_is_a_server_that_does_not_answer() -> None:
    proxy = Proxy("407 Proxy Authentication Required")
    reach = Reach(resolve=lambda _host, _port: ["93.184.215.14"])
    with server(proxy.answer) as port:
        upstream = Upstream.parse(f"http://127.0.0.1:{port}")
        with (
            opened_egress(reach, MUCH, upstream) as egress,
            asking(egress, "CONNECT media.example:443") as client,
        ):
            assert read_all(client).startswith(b"HTTP/1.1 502")


@pytest.mark.parametrize(
    "url", ["proxy.example:8080", "ftp://proxy.example", "http://", "http://a:b"]
)
def test_a_proxy_that_is_none_is_told_to_the_operator(url: str) -> None:
    with pytest.raises(SettingsError, match="PROXY_URL"):
        Upstream.parse(url)


def test_an_upstream_does_not_show_its_password() -> None:
    assert "secret" not in repr(Upstream.parse("http://me:secret@proxy.example:8080"))
