"""A model hub on this machine that keeps to the wire of the real one."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

COMMIT = "a" * 40
LARGE_BYTES = 1000
"""From this size on a file has a checksum on the hub, as files in large file storage have."""

Answer = tuple[int, bytes, dict[str, str]]


@dataclass
class HubState:
    """What the hub has, what it will do wrong, and what it was asked."""

    address: str = ""
    repositories: dict[str, Path] = field(default_factory=dict)
    gated: dict[str, str] = field(default_factory=dict)
    """Token that opens a repository."""
    is_silent: bool = False
    breaks_after: int | None = None
    """Bytes of a body after which the connection ends, once."""
    damages: str | None = None
    """A file that arrives with another content."""
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and range of every request."""

    def paths_got(self) -> list[str]:
        return [path.split("/resolve/")[1] for verb, path, _ in self.requests if verb == "GET"
                and "/resolve/" in path]  # fmt: skip


@contextmanager
def serve_hub(**repositories: Path) -> Iterator[HubState]:
    """A hub with repositories `someone/<name>`."""
    state = HubState(repositories={f"someone/{name}": path for name, path in repositories.items()})
    hold = Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state, hold))
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: HubState, hold: Event) -> type[BaseHTTPRequestHandler]:
    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve()

        def do_HEAD(self) -> None:
            self._serve()

        def _serve(self) -> None:
            state.requests.append((self.command, self.path, self.headers.get("Range")))
            if state.is_silent:
                hold.wait(20)
                return
            status, body, headers = answer(state, self.path, dict(self.headers))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self._write(body)

        def _write(self, body: bytes) -> None:
            limit = state.breaks_after
            if limit is not None and len(body) > limit and "/resolve/" in self.path:
                state.breaks_after = None
                self.wfile.write(body[:limit])
                self.close_connection = True
                return
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Tests are quiet."""

    return Hub


def answer(state: HubState, target: str, headers: dict[str, str]) -> Answer:
    """Status, body and headers, in the shapes of the real hub."""
    path, _, query = target.partition("?")
    found = re.fullmatch(r"(?:/api/models)?/([^/]+/[^/]+)(?:/(?:revision|resolve)/.*)?", path)
    repository = found.group(1) if found else ""
    folder = state.repositories.get(repository)
    if folder is None:
        return _error(401, "RepoNotFound")
    token = state.gated.get(repository)
    if token and headers.get("authorization", headers.get("Authorization")) != f"Bearer {token}":
        return _error(403 if "Authorization" in headers else 401, "GatedRepo")
    if path.startswith("/api/models/"):
        if "blobs=true" not in query.lower():
            return _error(400, "BadRequest")
        return 200, json.dumps(_info(repository, folder)).encode(), {"Content-Type": "text/json"}
    name = path.removeprefix(f"/{repository}/resolve/{COMMIT}/")
    if not (folder / name).is_file():
        return _error(404, "EntryNotFound")
    return _file(folder / name, headers.get("Range"), is_damaged=name == state.damages)


def _info(repository: str, folder: Path) -> dict[str, object]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "id": repository,
        "sha": COMMIT,
        "siblings": [_sibling(path, path.relative_to(folder).as_posix()) for path in files],
    }


def _sibling(path: Path, name: str) -> dict[str, object]:
    size = path.stat().st_size
    if size < LARGE_BYTES:
        return {"rfilename": name, "size": size, "blobId": "b" * 40}
    lfs = {"sha256": _sha256(path), "size": size, "pointerSize": 134}
    return {"rfilename": name, "size": size, "blobId": "b" * 40, "lfs": lfs}


def _file(path: Path, wanted: str | None, *, is_damaged: bool) -> Answer:
    body = path.read_bytes()
    if is_damaged:
        body = body[:-1] + bytes([body[-1] ^ 1])
    common = {
        "ETag": f'"{_sha256(path)}"',
        "X-Repo-Commit": COMMIT,
        "Accept-Ranges": "bytes",
    }
    if wanted is None:
        return 200, body, common
    start = int(wanted.removeprefix("bytes=").split("-")[0])
    whole = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
    return 206, body[start:], {**common, **whole}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _error(status: int, code: str) -> Answer:
    return status, b"{}", {"X-Error-Code": code, "X-Error-Message": code}
