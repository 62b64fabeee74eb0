"""No link leads inside, however it is written, resolved or redirected."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cliply.errors import ErrorCode, InvalidInput
from cliply.links.addresses import check_link
from cliply.links.asking import Wish
from cliply.links.options import options
from cliply.links.rules import LinkRules
from cliply.links.worker import Quiet
from cliply.outbound.addresses import Reach, read_networks
from cliply.outbound.client import create_client
from cliply.outbound.egress import opened_egress
from tests.links.hostile import REDIRECTS, RESOLVED, WRITTEN, Hostile
from tests.links.site import opened_site

PUBLIC = "93.184.215.14"


def by_number(host: str, _port: int) -> Sequence[str]:
    """`n3.example` leads to the fourth of `RESOLVED`, all other names to this machine."""
    name = host.partition(".")[0]
    return [RESOLVED[int(name[1:])] if name[1:].isdigit() else "127.0.0.1"]


PAGES = Reach(
    read_networks(["127.0.0.1/32"]),
    lambda host, _port: ["127.0.0.2" if host == "inside.example" else "127.0.0.1"],
)
"""The page that redirects lies on 127.0.0.1, the trap on 127.0.0.2."""


class Trap:
    """Something inside: whoever connects to it is remembered."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.visits = 0


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    with socket.create_server(("0.0.0.0", 0)) as server:
        found = Trap(server.getsockname()[1])
        threading.Thread(target=_answer, args=(server, found), daemon=True).start()
        yield found
        server.shutdown(socket.SHUT_RDWR)


def _answer(server: socket.socket, trap: Trap) -> None:
    while True:
        try:
            visitor, _ = server.accept()
        except OSError:
            return
        trap.visits += 1
        visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
        visitor.close()


@contextmanager
def yt_dlp_behind(reach: Reach) -> Iterator[Any]:
    """yt-dlp as it is set for downloads, with our proxy between it and the world."""
    from yt_dlp import YoutubeDL

    with opened_egress(reach, 1 << 20) as egress:
        wish = Wish(
            url="", proxy=egress.url, proxy_port=egress.port, domains=(), refuse_playlists=False,
            language=None, max_bytes=1, max_duration_ms=1, ffmpeg="ffmpeg", cpu_s=1,
            memory_bytes=1, file_bytes=1,
        )  # fmt: skip
        ignore = {"retries": 0, "socket_timeout": 5}
        quiet = options(wish, lambda _state: None, lambda _state: None, Quiet())
        with YoutubeDL(quiet | ignore) as fetching:
            yield fetching


@pytest.fixture(scope="module")
def yt_dlp() -> Iterator[Any]:
    with yt_dlp_behind(Reach(resolve=by_number)) as fetching:
        yield fetching


@pytest.fixture(scope="module")
def yt_dlp_on_pages() -> Iterator[Any]:
    with yt_dlp_behind(PAGES) as fetching:
        yield fetching


def test_the_table_is_as_long_as_it_has_to_be() -> None:
    assert len(WRITTEN) + len(RESOLVED) + len(REDIRECTS) >= 60
    assert len({one.url for one in WRITTEN}) == len(WRITTEN)


@pytest.mark.parametrize("hostile", WRITTEN, ids=lambda one: ascii(one.url))
def test_no_link_to_the_inside_is_taken(hostile: Hostile, tmp_path: Path) -> None:
    rules = LinkRules(downloads=tmp_path, domains=("media.example",))

    with pytest.raises(InvalidInput) as refusal:
        check_link(hostile.url.format(port=8080), rules)

    assert refusal.value.code is hostile.code
    assert "password" not in refusal.value.message or "user name" in refusal.value.message


def test_our_client_reaches_nothing_by_any_of_them(trap: Trap) -> None:
    before = trap.visits
    with create_client(Reach(resolve=by_number)) as client:
        for hostile in WRITTEN:
            with pytest.raises((InvalidInput, httpx.HTTPError, httpx.InvalidURL)):
                client.get(hostile.url.format(port=trap.port))

    assert trap.visits == before


def test_yt_dlp_reaches_nothing_by_any_of_them(trap: Trap, yt_dlp: Any) -> None:
    before = trap.visits
    for hostile in WRITTEN:
        url = hostile.url.format(port=trap.port)
        if not url.startswith(("http", "file", "rtmp", "gopher", "dict")):
            continue  # yt-dlp would try these under http, as further above, or read `data:`
        with pytest.raises(Exception, match=r".*"):
            yt_dlp.urlopen(url)

    assert trap.visits == before


def test_the_trap_is_reached_where_nothing_stands_before_it(trap: Trap) -> None:
    """Else the tests around this one could not fail."""
    before = trap.visits
    with yt_dlp_behind(Reach(read_networks(["127.0.0.0/8"]))) as fetching:
        assert fetching.urlopen(f"http://127.0.0.1:{trap.port}/").read() == b"hi"

    assert trap.visits == before + 1


@pytest.mark.parametrize("number", range(len(RESOLVED)), ids=lambda number: RESOLVED[number])
def test_no_name_that_leads_inside_is_called(number: int, trap: Trap, yt_dlp: Any) -> None:
    before = trap.visits
    url = f"https://n{number}.example/v"
    client = create_client(Reach(resolve=by_number))
    with client, pytest.raises(InvalidInput) as refusal:
        client.get(url)
    with pytest.raises(Exception, match="403"):
        yt_dlp.urlopen(url)

    assert refusal.value.code is ErrorCode.address_refused
    assert trap.visits == before


def test_a_name_that_is_rebound_between_check_and_use_gains_nothing(trap: Trap) -> None:
    """Public when it is looked up first, inside afterwards."""
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    reach = Reach(resolve=lambda _host, _port: next(answers))
    before = trap.visits
    reach.addresses_of("media.example", 443, is_encrypted=True)

    with yt_dlp_behind(reach) as fetching, pytest.raises(Exception, match="403"):
        fetching.urlopen("https://media.example/v")

    assert trap.visits == before


@pytest.mark.parametrize("target", REDIRECTS)
def test_no_redirect_leads_inside(
    target: str, trap: Trap, tmp_path: Path, yt_dlp_on_pages: Any
) -> None:
    before = trap.visits
    with opened_site(tmp_path) as site:
        site.redirects["page"] = target.format(port=trap.port)
        with pytest.raises(Exception, match=r".*"):
            yt_dlp_on_pages.urlopen(site.url("page"))
        with create_client(PAGES) as client:
            assert client.get(site.url("page")).status_code == 302

    assert site.asked == ["page", "page"]
    assert trap.visits == before
