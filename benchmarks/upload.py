"""The upload route, over a real socket, against copying the same bytes."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import Engine

from benchmarks.timing import Cost, Row, alternate, rows
from cliply.db.migrate import upgrade
from cliply.db.models.uploads import UploadKind
from cliply.db.session import create_app_engine, workspace_session
from cliply.db.system import system_session
from cliply.db.uploads import get_upload
from cliply.db.urls import DatabaseUrls
from cliply.db.workspaces import add_workspace
from cliply.domain.ids import UploadId, WorkspaceId
from cliply.embedded import EmbeddedPostgres
from cliply.identity.keys import open_keys
from cliply.services.uploads import Wish, announce, remove_bytes, sending_of
from cliply.storage.objects import ObjectStore

SIZE_BYTES = 2 * 1024**3
RUNS = 5
MOST_MIB = 100
"""What the server may take above idle."""

SHARE = 0.6
"""Of the copy's throughput that is asked for."""


def measure() -> list[Row]:
    """One upload of 2 GiB at a time; the server and its client share the machine."""
    with _home() as home, EmbeddedPostgres(home) as urls:
        upgrade(urls)
        port, store_url = _free_port(), (home / "objects").as_uri()
        source, copied = home / "source.bin", home / "copy.bin"
        _fill(source)
        secret = open_keys(home, (), None).secret
        with _serving(home, store_url, port) as server:
            place = _Place(urls, ObjectStore(store_url), secret, f"http://127.0.0.1:{port}")
            idle_mib = _resident_mib(server, "VmRSS")
            used: list[float] = []
            sent, copies = alternate(
                lambda: used.append(_cpu_of(server, lambda: place.upload(source))),
                lambda: _copy(source, copied),
                RUNS,
            )
            above = _resident_mib(server, "VmHWM") - idle_mib
    taken = [Cost(cost.wall_s, cpu_s) for cost, cpu_s in zip(sent, used, strict=True)]
    return [
        *rows("upload of 2 GiB, server", taken, copies, against="cp", target=1 / SHARE),
        *rows("upload of 2 GiB, client", sent, copies, against="cp")[1:],
        Row("upload, server above idle", above, MOST_MIB, "M", "100 MiB", 1, 1.0),
    ]


class _Place:
    """A workspace that uploads go to."""

    def __init__(
        self, urls: DatabaseUrls, store: ObjectStore, secret: SecretStr, address: str
    ) -> None:
        self._engine: Engine = create_app_engine(urls.app)
        self._store = store
        self._secret = secret
        self._address = address
        self._workspace_id = WorkspaceId(uuid4())
        with system_session(create_app_engine(urls.system)) as session:
            add_workspace(session, self._workspace_id, "benchmark")

    def upload(self, source: Path) -> None:
        """Announce, send, and remove what has arrived."""
        size_bytes = source.stat().st_size
        wish = Wish("film.mp4", "video/mp4", size_bytes, UploadKind.media)
        with workspace_session(self._engine, self._workspace_id) as session:
            row = announce(
                session, self._store, self._workspace_id, None, wish, max_upload_bytes=size_bytes
            )
            url = sending_of(row, self._store, self._secret, self._address).url
        assert url is not None
        _put(url, source)
        with workspace_session(self._engine, self._workspace_id) as session:
            remove_bytes(self._store, get_upload(session, UploadId(row.id)))


def _cpu_of(pid: int, work: Callable[[], None]) -> float:
    """Seconds that another process computes while the work is done; counted in 10 ms."""
    before = _ticks(pid)
    work()
    return (_ticks(pid) - before) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    # The second field, the name, may have spaces; user and system time are the 14th and 15th.
    behind_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(behind_name[11]) + int(behind_name[12])


def _put(url: str, source: Path) -> None:
    """Send the file as the kernel can, so that the client costs little."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=120)
    connection.putrequest("PUT", f"{parts.path}?{parts.query}")
    connection.putheader("Content-Type", "video/mp4")
    connection.putheader("Content-Length", str(source.stat().st_size))
    connection.endheaders()
    with source.open("rb") as file:
        connection.sock.sendfile(file)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"the upload was answered {answer.status}: {text.decode()}")


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "--reflink=never", source, target], check=True)
    target.unlink()


def _fill(path: Path) -> None:
    block = secrets.token_bytes(16 * 1024**2)
    with path.open("wb") as file:
        for _ in range(SIZE_BYTES // len(block)):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _home() -> Iterator[Path]:
    """A home that the database's own account gets into."""
    home = Path(tempfile.mkdtemp(prefix="cliply-home-"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def _serving(home: Path, store_url: str, port: int) -> Iterator[int]:
    """The API as `cliply up` runs it; its process id."""
    command = f"from api.server import serve; serve('127.0.0.1', {port}, 1)"
    environment = {
        **os.environ,  # noqa: TID251 - handed on, not read
        "CLIPLY_HOME": str(home),
        "STORAGE_URL": store_url,
        "RATE_LIMITS": "off",
        "LOG_FORMAT": "json",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", command], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("the server does not listen")


def _resident_mib(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024
