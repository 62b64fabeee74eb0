"""A site with real media, in the ways in which sites offer them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cliply.media.ffmpeg import find_ffmpeg
from tests.links.site import Site, opened_site

PAGE = """<html><head><title>A talk about bees</title></head><body>{videos}</body></html>"""
VIDEO = '<video src="/{file}" title="{file}"></video>'


@pytest.fixture(scope="session")
def offered(talk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file, HLS, HLS that goes on, DASH with picture and sound apart, and pages with them."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "talk.mp4").write_bytes(talk.read_bytes())
    _convert(talk, folder, "hls.m3u8", "-f", "hls", "-hls_time", "2", "-hls_list_size", "0")
    listed = (folder / "hls.m3u8").read_text()
    (folder / "key.bin").write_bytes(bytes(range(16)))
    (folder / "key.txt").write_text(f"key.bin\n{folder / 'key.bin'}\n")
    encrypted = ("-hls_time", "2", "-hls_list_size", "0", "-hls_key_info_file", "key.txt")
    _convert(talk, folder, "encrypted.m3u8", "-f", "hls", *encrypted)
    (folder / "live.m3u8").write_text(listed.replace("#EXT-X-ENDLIST\n", ""))
    _convert(talk, folder, "dash.mpd", "-f", "dash", "-seg_duration", "2")
    one = VIDEO.format(file="talk.mp4")
    (folder / "page.html").write_text(PAGE.format(videos=one))
    (folder / "two.html").write_text(PAGE.format(videos=one + VIDEO.format(file="hls.m3u8")))
    return folder


def _convert(source: Path, folder: Path, name: str, *arguments: str) -> None:
    subprocess.run(
        [
            str(find_ffmpeg(None)), "-v", "error", "-i", str(source), "-c:v", "libx264",
            "-preset", "ultrafast", "-g", "50", "-c:a", "aac", *arguments, name,
        ],
        check=True, cwd=folder, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def site(offered: Path) -> Iterator[Site]:
    with opened_site(offered) as opened:
        yield opened
