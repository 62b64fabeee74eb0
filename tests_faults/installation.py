"""A whole installation under test: its processes, its database and its files."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import Engine

from cliply.db.session import create_app_engine
from cliply.embedded import EmbeddedPostgres
from cliply.storage.objects import ObjectStore
from tests.conftest import open_home

PROJECT = Path(__file__).resolve().parent.parent
START_S = 120
LAST = "upkeep: running"
"""What the service says when all of it has been started."""
STOP_S = 60

COMMAND_LINES: Mapping[str, str] = {
    "code server": "cli.code_server",
    "daemon": "cli.graph_daemon",
    "API": "cli api",
}
"""What the arguments of each kind of process have in them."""


@dataclass(frozen=True)
class Installation:
    """What runs, and the doors to look behind it."""

    name: str
    home: Path
    address: str
    """Of the API."""
    system: Engine
    """Sees all workspaces."""
    app: Engine
    store: ObjectStore
    environment: Mapping[str, str] = field(repr=False)

    def pids(self, kind: str) -> list[int]:
        """Processes of this home of that kind."""
        if kind == "Postgres":
            return [postmaster_of(self.home)]
        return [pid for pid, arguments in self._processes() if COMMAND_LINES[kind] in arguments]

    def _processes(self) -> Iterator[tuple[int, str]]:
        mark = f"CLIPLY_HOME={self.home}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    arguments = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    yield int(folder.name), arguments.decode(errors="replace")
            except (OSError, ValueError):
                continue

    def end(self, kind: str) -> int:
        """Kill all processes of that kind, of which there is one; answers how many died."""
        pids = self.pids(kind)
        assert pids, f"there is no {kind}"
        died = [pid for pid in pids if self.kill(pid)]
        assert died
        return len(died)

    def kill(self, pid: int) -> bool:
        """End a process with no chance to clean up; False when it had ended already."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


def postmaster_of(home: Path) -> int:
    """The first process of the database in a home."""
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


@contextmanager
def installed(**settings: str) -> Iterator[Installation]:
    """`cliply up` with a home and ports of its own, ready; all of it gone afterwards."""
    from tests_end_to_end.service.conftest import free_port

    home, port = open_home(), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
        "CLIPLY_HOME": str(home),
        "API_PORT": str(port),
        "DAGSTER_PORT": str(free_port()),
        "MODEL_HUB": "never",
        **settings,
    }
    log = home / "up.log"
    with log.open("wb") as output:
        service = subprocess.Popen(
            [sys.executable, "-m", "cli", "up"],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(address, service, log)
        server = EmbeddedPostgres(home)
        urls = server.acquire()
        system, app = create_app_engine(urls.system), create_app_engine(urls.app)
        store = ObjectStore(settings.get("STORAGE_URL", (home / "objects").as_uri()))
        yield Installation("service", home, address, system, app, store, environment)
        for engine in (system, app):
            engine.dispose()
        server.release()
    finally:
        service.send_signal(signal.SIGINT)
        try:
            service.wait(STOP_S)
        finally:
            service.kill()
            shutil.rmtree(home, ignore_errors=True)


def _wait_until_ready(address: str, service: subprocess.Popen[bytes], log: Path) -> None:
    """Fails with the service's own words."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if service.poll() is not None:
            break
        try:
            is_ready = httpx.get(f"{address}/api/readyz", timeout=5).status_code == 200
            if is_ready and LAST in log.read_text():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"the service did not get ready:\n{log.read_text()[-4000:]}")
