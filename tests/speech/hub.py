"""A model hub on this machine that serves one repository of weights."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

COMMIT = "a" * 40
REPOSITORY = "someone/tiny"


@contextmanager
def serve_hub(folder: Path | None, *, silent: bool = False) -> Iterator[str]:
    """The hub's address. Without a folder it has no repository; `silent` never answers."""
    hold = Event()

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve(with_body=True)

        def do_HEAD(self) -> None:
            self._serve(with_body=False)

        def _serve(self, *, with_body: bool) -> None:
            if silent:
                hold.wait(20)
                return
            status, body, headers = answer(self.path.split("?")[0], folder)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answer(path: str, folder: Path | None) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers, in the shapes of the real hub."""
    as_json = {"Content-Type": "application/json"}
    if path == "/":
        return 200, b"", {}
    if folder is None:
        return 404, b"{}", {**as_json, "X-Error-Code": "RepoNotFound"}
    names = sorted(file.name for file in folder.iterdir())
    if path == f"/api/models/{REPOSITORY}/revision/main":
        files = [{"rfilename": name} for name in names]
        info = {"id": REPOSITORY, "sha": COMMIT, "siblings": files}
        return 200, json.dumps(info).encode(), as_json
    if path == f"/api/models/{REPOSITORY}/tree/{COMMIT}":
        entries = [
            {"type": "file", "path": n, "size": (folder / n).stat().st_size, "oid": "b" * 40}
            for n in names
        ]
        return 200, json.dumps(entries).encode(), as_json
    name = path.removeprefix(f"/{REPOSITORY}/resolve/{COMMIT}/")
    if name not in names:
        return 404, b"{}", {**as_json, "X-Error-Code": "EntryNotFound"}
    headers = {"ETag": f'"{name}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
    return 200, (folder / name).read_bytes(), headers
