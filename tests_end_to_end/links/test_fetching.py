"""Downloads by yt-dlp in a process of its own, from a site on this machine."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from cliply.domain.media import SourceLimits
from cliply.errors import (
    Cancelled,
    CliplyError,
    ErrorCode,
    InvalidInput,
    SettingsError,
    Unavailable,
)
from cliply.links.addresses import check_link
from cliply.links.fetching import FetchedFiles, fetch, remove_stale_downloads
from cliply.links.rules import LinkRules
from cliply.media.probe import probe
from tests.links.site import Site


def fetched(
    site: Site, folder: Path, path: str, rules: LinkRules | None = None, **more: object
) -> FetchedFiles:
    rules = rules or site.rules(folder)
    return fetch(check_link(site.url(path), rules), folder / "job", rules, **more)  # type: ignore[arg-type]


def refused(site: Site, folder: Path, path: str, rules: LinkRules | None = None) -> CliplyError:
    with pytest.raises(CliplyError) as caught:
        fetched(site, folder, path, rules)
    return caught.value


def processes_in(folder: Path) -> list[str]:
    """Command lines of the processes that work in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and Path(os.readlink(entry / "cwd")).is_relative_to(folder):
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


def test_a_file_is_fetched_with_what_its_site_says_of_it(site: Site, tmp_path: Path) -> None:
    told: list[float] = []

    found = fetched(site, tmp_path, "page.html", on_progress=told.append)

    assert found.media.read_bytes() == (site.folder / "talk.mp4").read_bytes()
    assert found.facts.title.startswith("A talk about bees")
    assert found.facts.site == "HTML5MediaEmbed"
    assert found.captions is None
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("path", ["hls.m3u8", "encrypted.m3u8", "dash.mpd"])
def test_streams_in_pieces_become_one_file_with_picture_and_sound(
    path: str, site: Site, tmp_path: Path
) -> None:
    found = fetched(site, tmp_path, path)
    media = probe(found.media, SourceLimits())

    assert found.media.suffix in (".mp4", ".mkv")
    assert media.video is not None
    assert media.audio is not None
    assert abs(media.duration_ms - 12_000) < 300


def test_the_first_of_several_videos_is_taken_unless_an_operator_refuses(
    site: Site, tmp_path: Path
) -> None:
    rules = site.rules(tmp_path, playlists="refuse")

    assert refused(site, tmp_path, "two.html", rules).code is ErrorCode.link_playlist
    assert fetched(site, tmp_path, "two.html").media.stat().st_size > 0


def test_what_is_live_is_refused(site: Site, tmp_path: Path) -> None:
    error = refused(site, tmp_path, "live.m3u8")

    assert error.code is ErrorCode.link_live
    assert "stream monitor" in error.message


def test_a_page_that_is_gone_is_told_once(site: Site, tmp_path: Path) -> None:
    error = refused(site, tmp_path, "nothing.html")

    assert isinstance(error, InvalidInput)
    assert error.code is ErrorCode.link_removed
    assert site.asked.count("nothing.html") == 1


def test_a_site_that_refuses_is_asked_again_when_it_wants_to_be(site: Site, tmp_path: Path) -> None:
    site.statuses["talk.mp4"] = [429]
    site.headers["Retry-After"] = "1"
    began = time.monotonic()

    found = fetched(site, tmp_path, "talk.mp4")

    assert found.media.stat().st_size > 0
    assert time.monotonic() - began > 1.0, "it wanted to be left alone for a second"


def test_a_storm_of_refusals_ends_with_what_the_site_says(site: Site, tmp_path: Path) -> None:
    site.statuses["talk.mp4"] = [429] * 10
    site.headers["Retry-After"] = "7200"

    error = refused(site, tmp_path, "talk.mp4")

    assert isinstance(error, Unavailable)
    assert error.code is ErrorCode.link_refused
    assert error.retry_after_s == 7200
    assert len(site.asked) == 1, "two hours are waited for by nobody"


def test_a_download_that_stalls_goes_on_where_it_was(site: Site, tmp_path: Path) -> None:
    site.stops_after["talk.mp4"] = 30_000
    rules = site.rules(tmp_path, stall_s=5.0)

    error = refused(site, tmp_path, "talk.mp4", rules)
    parts = [one.name for one in (tmp_path / "job").glob("*.part")]
    found = fetched(site, tmp_path, "talk.mp4")

    assert isinstance(error, Unavailable)
    assert error.code is ErrorCode.link_stalled
    assert parts == ["source.mp4.part"]
    assert site.ranges, "it was not begun anew"
    assert 0 < int(site.ranges[0].strip("bytes=-")) <= 30_000
    assert found.media.read_bytes() == (site.folder / "talk.mp4").read_bytes()


def test_a_video_in_pieces_that_is_larger_than_may_be_is_not_downloaded(
    site: Site, tmp_path: Path
) -> None:
    error = refused(site, tmp_path, "hls.m3u8", site.rules(tmp_path, max_bytes=20_000))

    assert isinstance(error, InvalidInput)
    assert error.code is ErrorCode.source_too_large


def test_a_page_that_leads_to_another_site_is_refused(site: Site, tmp_path: Path) -> None:
    site.redirects["away"] = site.url("page.html", "cdn.example")

    assert refused(site, tmp_path, "away").code is ErrorCode.link_not_allowed


def test_media_may_lie_on_another_host_but_not_inside(site: Site, tmp_path: Path) -> None:
    page = site.folder / "elsewhere.html"
    page.write_text(f'<video src="{site.url("talk.mp4", "cdn.example")}"></video>')
    inside = site.folder / "inside.html"
    inside.write_text('<video src="http://10.0.0.1/talk.mp4"></video>')

    assert fetched(site, tmp_path, "elsewhere.html").media.stat().st_size > 0
    assert refused(site, tmp_path / "2", "inside.html").code is ErrorCode.address_refused


def test_a_cancelled_download_ends_within_two_seconds(site: Site, tmp_path: Path) -> None:
    asked_at: list[float] = []
    site.is_slow = True

    def on_progress(fraction: float) -> None:
        if fraction > 0.01:
            asked_at.append(time.monotonic())
            raise Cancelled

    with pytest.raises(Cancelled):
        fetched(site, tmp_path, "talk.mp4", on_progress=on_progress)
    took_s = time.monotonic() - asked_at[0]

    assert processes_in(tmp_path) == []
    assert took_s < 2.0


def test_each_try_goes_through_the_next_proxy(site: Site, tmp_path: Path) -> None:
    with proxy() as one, proxy() as other:
        proxies = tuple(SecretStr(f"http://127.0.0.1:{door.port}") for door in (one, other))
        rules = site.rules(tmp_path, proxies=proxies, tries=2)
        error = refused(site, tmp_path, "talk.mp4", rules)

    assert error.code is ErrorCode.link_unavailable
    assert one.visits > 0
    assert other.visits > 0
    assert site.asked == []


class Door:
    """A proxy that refuses."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.visits = 0


@contextmanager
def proxy() -> Iterator[Door]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        door = Door(server.getsockname()[1])

        def serve() -> None:
            with suppress(OSError):
                while True:
                    visitor, _ = server.accept()
                    door.visits += 1
                    with visitor:
                        visitor.recv(4096)
                        visitor.sendall(b"HTTP/1.1 503 Full\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield door
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_cookies_are_given_and_the_operators_file_is_left_as_it_is(
    site: Site, tmp_path: Path
) -> None:
    cookies = tmp_path / "cookies.txt"
    content = "# Netscape HTTP Cookie File\nmedia.example\tFALSE\t/\tFALSE\t0\tknown\tyes\n"
    cookies.write_text(content)

    found = fetched(site, tmp_path, "talk.mp4", site.rules(tmp_path, cookies=cookies))

    assert found.media.stat().st_size > 0
    assert "known=yes" in site.cookies
    assert cookies.read_text() == content


def test_a_cookies_file_that_is_not_there_is_told_to_the_operator(
    site: Site, tmp_path: Path
) -> None:
    rules = site.rules(tmp_path, cookies=tmp_path / "nowhere.txt")

    with pytest.raises(SettingsError, match="COOKIES_FILE"):
        fetched(site, tmp_path, "talk.mp4", rules)


def test_leftovers_are_removed_when_nothing_was_written_for_a_day(tmp_path: Path) -> None:
    old, young = tmp_path / "old", tmp_path / "young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "source.mp4.part").write_bytes(b"x")
    day_ago = time.time() - 25 * 3600
    for path in (old / "source.mp4.part", old, young):
        os.utime(path, (day_ago, day_ago))

    assert remove_stale_downloads(tmp_path) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["young"]
    assert remove_stale_downloads(tmp_path / "nowhere") == 0
