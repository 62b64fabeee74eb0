"""A site with videos, on this machine; strict about what it is asked."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from cliply.links.rules import LinkRules
from cliply.outbound.addresses import Reach, read_networks
from tests.local_server import served

HOST = "media.example"
LOOPBACK = read_networks(["127.0.0.0/8"])
TYPES = {
    ".mp4": "video/mp4",
    ".html": "text/html",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".ts": "video/mp2t",
    ".m4s": "video/iso.segment",
    ".vtt": "text/vtt",
    ".mp3": "audio/mpeg",
}


@dataclass
class Site:
    """What it serves and how it misbehaves."""

    folder: Path
    port: int = 0
    asked: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    """By path, what it answers before it serves the file."""
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with those answers."""
    redirects: dict[str, str] = field(default_factory=dict)
    stops_after: dict[str, int] = field(default_factory=dict)
    """By path, the bytes after which nothing more comes."""
    is_slow: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = HOST) -> str:
        return f"http://{host}:{self.port}/{path}"

    def rules(self, downloads: Path, **changed: object) -> LinkRules:
        """Those under which it may be reached, and nothing else."""
        usual: dict[str, object] = {
            "downloads": downloads,
            "domains": (HOST,),
            "reach": Reach(LOOPBACK, loopback_for(HOST, "cdn.example")),
            "backoff_s": 0.05,
        }
        return LinkRules(**(usual | changed))  # type: ignore[arg-type]


def loopback_for(*hosts: str) -> object:
    def resolve(host: str, _port: int) -> Sequence[str]:
        if host not in hosts:
            raise OSError("no such name")
        return ["127.0.0.1"]

    return resolve


class SiteAnswering(BaseHTTPRequestHandler):
    """Answers for a site; made anew for each request."""

    site: ClassVar[Site]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        site, path = self.site, urlsplit(self.path).path.lstrip("/")
        site.asked.append(path)
        site.cookies.append(self.headers["Cookie"] or "")
        if site.statuses.get(path):
            self.refuse(site.statuses[path].pop(0))
        elif path in site.redirects:
            self.send_response(302)
            self.send_header("Location", site.redirects[path])
            self.end_headers()
        elif not (site.folder / path).is_file():
            self.refuse(404)
        else:
            self.serve(site.folder / path, path)

    def refuse(self, status: int) -> None:
        self.send_response(status)
        for name, value in self.site.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def serve(self, file: Path, path: str) -> None:
        content = file.read_bytes()
        first = self.first_byte(len(content))
        self.send_response(206 if first else 200)
        self.send_header("Content-Type", TYPES.get(file.suffix, "application/octet-stream"))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content) - first))
        if first:
            total = len(content)
            self.send_header("Content-Range", f"bytes {first}-{total - 1}/{total}")
        self.end_headers()
        if self.command == "GET":
            with suppress(OSError):  # whoever asked may hang up
                self.send(content[first:], path)

    def first_byte(self, size: int) -> int:
        asked = self.headers["Range"] or ""
        if not asked.startswith("bytes=") or asked == "bytes=0-":
            return 0
        self.site.ranges.append(asked)
        return min(size, int(asked.removeprefix("bytes=").partition("-")[0]))

    def send(self, content: bytes, path: str) -> None:
        """All at once, up to a byte, or slowly, until the test lets go."""
        site = self.site
        stops_after = site.stops_after.pop(path, None) if self.is_media(path) else None
        if stops_after is not None:
            self.wfile.write(content[:stops_after])
            self.wfile.flush()
            site.released.wait(20)
        elif site.is_slow and self.is_media(path):
            for start in range(0, len(content), 4096):
                self.wfile.write(content[start : start + 4096])
                if site.released.wait(0.05):
                    return
        else:
            self.wfile.write(content)

    def is_media(self, path: str) -> bool:
        """The first look at a file is no download of it."""
        return self.site.asked.count(path) > 1 or path.endswith((".ts", ".m4s"))

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def opened_site(folder: Path) -> Iterator[Site]:
    site = Site(folder)
    answering = type("Answering", (SiteAnswering,), {"site": site})
    with served(answering, site.released.set) as address:
        site.port = urlsplit(address).port or 0
        yield site


def until(condition: object, timeout_s: float = 5.0) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False
