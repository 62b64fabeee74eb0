"""`cliply up`: everything a machine needs, under one supervisor."""

import socket
import sys
from pathlib import Path
from typing import Annotated
from urllib.error import URLError
from urllib.request import urlopen

import typer
from rich.console import Console

from cli.installation import opened
from cliply.domain.queues import Queue
from cliply.embedded import EmbeddedPostgres
from cliply.errors import CliplyError
from cliply.settings import PROJECT, Settings, check_production
from cliply.supervisor import Child, Supervisor

LOCATION = """\
load_from:
  - grpc_server:
      socket: {socket}
      location_name: cliply
"""


def up(
    workers: Annotated[
        bool, typer.Option("--workers", help="With EXECUTION=celery: a worker for each queue, too.")
    ] = False,
) -> None:
    """Start the database, the API, the graph's daemon and the Dagster UI; stop all on Ctrl-C."""
    from cli.instance import prepare  # Dagster takes seconds to import

    screen = Console(stderr=True, highlight=False, soft_wrap=True)
    with opened() as installation:
        check_production(installation.settings)
        home = prepare(installation.settings, installation.urls)
        Supervisor(
            service(home, installation.settings, workers=workers),
            home / "logs",
            on_change=lambda line: screen.print(line, markup=False),
            watch=lambda: _keep_database(installation.settings, screen),
        ).run()


def service(home: Path, settings: Settings, *, workers: bool = False) -> list[Child]:
    """The processes of the service, in the order in which they start."""
    port = settings.dagster_port
    code = home / "code.sock"
    workspace = home / "workspace.yaml"
    workspace.write_text(LOCATION.format(socket=code))
    address = f"http://127.0.0.1:{port}"
    server = ["api", "grpc", "--socket", str(code), "--module-name", "definitions"]
    web = ["dagster_webserver", "--host", "127.0.0.1", "--port", str(port)]
    return [
        Child(
            "code server",
            _module("cli.code_server", *server, "--working-directory", str(PROJECT)),
            ready=lambda: _listens(code),
        ),
        _api(settings),
        Child("daemon", _module("cli.graph_daemon", "run", "--workspace", str(workspace))),
        Child(
            "Dagster UI",
            _module(*web, "--workspace", str(workspace)),
            ready=lambda: _answers(f"{address}/server_info"),
            told=f"open {address}",
        ),
        Child("webhooks", _module("cli", "webhooks", "run")),
        Child("upkeep", _module("cli", "upkeep", "run")),
        *([_worker(queue) for queue in Queue] if workers else []),
    ]


def _worker(queue: Queue) -> Child:
    return Child(f"worker {queue}", _module("cli", "worker", "--queue", queue))


def _api(settings: Settings) -> Child:
    """The API, which is ready when it answers on this machine."""
    host = "127.0.0.1" if settings.api_host in ("0.0.0.0", "::") else settings.api_host
    near = f"http://{host}:{settings.api_port}"
    return Child(
        "API",
        _module("cli", "api"),
        ready=lambda: _answers(f"{near}/api/health"),
        told=f"it answers at {settings.public_url or near}",
    )


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _keep_database(settings: Settings, screen: Console) -> None:
    """Start the embedded server again if it died; an external one is not ours to start."""
    if settings.database_url is not None:
        return
    try:
        EmbeddedPostgres(settings.cliply_home).revive()
    except CliplyError as error:
        screen.print(f"database: {error.message}", markup=False)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
