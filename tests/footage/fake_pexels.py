"""A server that answers as Pexels documents it, and refuses what Pexels would refuse."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.local_server import served

KEY = "563492ad6f917000010000015f0a"
ORIENTATIONS = ("landscape", "portrait", "square")


@dataclass
class FakePexels:
    """What the server holds and how it shall fail."""

    video: bytes
    address: str = ""
    requests_left: int = 200
    fails: str | None = None
    """`search_500`, `search_not_json`, `search_hangs_up`, `file_404`, `file_503`, `file_cut`,
    `file_web_page`, `file_endless`, `file_elsewhere`, `file_moved`, or nothing."""
    finds_nothing: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    """Parameters of each search."""

    def reply(self, page: int) -> dict[str, object]:
        return {
            "page": page,
            "per_page": 15,
            "total_results": 120,
            "url": "https://www.pexels.com/search/videos/bees/",
            "next_page": f"{self.address}/v1/videos/search?page={page + 1}&per_page=15&query=bees",
            "videos": []
            if self.finds_nothing
            else [self._video(1, 12), self._video(2, 40), self._video(3, 0)],
        }

    def _video(self, number: int, duration_s: int) -> dict[str, object]:
        def file(quality: str | None, kind: str, width: int | None, height: int | None) -> dict:
            link = f"{self.address}/video-files/{number}/{quality}_{width}_{height}.mp4"
            return {
                "id": number * 100, "quality": quality, "file_type": kind,
                "width": width, "height": height, "fps": 29.97, "link": link,
            }  # fmt: skip

        return {
            "id": number,
            "width": 2160,
            "height": 3840,
            "url": f"https://www.pexels.com/video/{number}/",
            "image": f"https://images.pexels.com/videos/{number}.jpeg",
            "full_res": None,
            "tags": [],
            "duration": duration_s,
            "user": {"id": 7, "name": "Ada Bee", "url": "https://www.pexels.com/@ada"},
            "video_files": [
                file("hls", "application/x-mpegURL", None, None),
                file("uhd", "video/mp4", 2160, 3840),
                file("hd", "video/mp4", 1080, 1920),
                file("sd", "video/mp4", 540, 960),
                file(None, "video/mp4", None, None),
            ],
            "video_pictures": [{"id": 1, "picture": "https://images.pexels.com/1.jpg", "nr": 0}],
        }


@contextmanager
def serving(fake: FakePexels) -> Iterator[FakePexels]:
    """Run the server; `address` is set."""
    answering = type("Answering", (_Answering,), {"fake": fake})
    with served(answering) as fake.address:
        yield fake


class _Answering(BaseHTTPRequestHandler):
    fake: FakePexels

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/videos/search":
            self._search({name: values[0] for name, values in parse_qs(url.query).items()})
        elif url.path.startswith("/video-files/"):
            self._file(url.path)
        else:
            self._answer(404, b"{}")

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def _search(self, asked: dict[str, str]) -> None:
        self.fake.asked.append(asked)
        if self.headers.get("Authorization") != KEY:
            self._answer(401, b'{"error": "Unauthorized"}')
        elif not asked.get("query") or not 1 <= int(asked.get("per_page", "15")) <= 80:
            self._answer(400, b'{"error": "Bad request"}')
        elif asked.get("orientation") not in ORIENTATIONS:
            self._answer(400, b'{"error": "Bad orientation"}')
        elif self.fake.requests_left <= 0:
            self._answer(429, b'{"error": "Too many"}', **{"Retry-After": "35"})
        elif self.fake.fails == "search_500":
            self._answer(500, b"oops")
        elif self.fake.fails == "search_not_json":
            self._answer(200, b"<html>maintenance</html>")
        elif self.fake.fails != "search_hangs_up":
            self._found(int(asked.get("page", "1")))

    def _found(self, page: int) -> None:
        self.fake.requests_left -= 1
        limits = {
            "X-Ratelimit-Limit": "200",
            "X-Ratelimit-Remaining": str(self.fake.requests_left),
            "X-Ratelimit-Reset": "1700000000",
        }
        self._answer(200, json.dumps(self.fake.reply(page)).encode(), **limits)

    def _file(self, path: str) -> None:
        fails, video = self.fake.fails, self.fake.video
        if "Authorization" in self.headers:
            self._answer(400, b"the key is for the API alone")
        elif fails == "file_404":
            self._answer(404, b"")
        elif fails == "file_503":
            self._answer(503, b"")
        elif fails == "file_cut":
            self._answer(200, video[: len(video) // 2], length=len(video))
        elif fails == "file_web_page":
            self._answer(200, b"<html>not here</html>" * 50)
        elif fails == "file_endless":
            self._answer(200, b"\0" * 3_000_000, length=None)
        elif fails == "file_elsewhere":
            self._answer(302, b"", Location="file:///etc/passwd")
        elif fails == "file_moved" and "moved" not in path:
            self._answer(302, b"", Location=f"/video-files/moved{path}")
        else:
            self._answer(200, video)

    def _answer(self, status: int, body: bytes, *, length: int | None = -1, **headers: str) -> None:
        """`length` is what is announced; -1 the truth, None nothing."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(len(body) if length < 0 else length))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)
        self.close_connection = True
