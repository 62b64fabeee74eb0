"""An installation of many machines on one: outside Postgres, S3, Redis, and workers."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis
from pydantic import SecretStr
from sqlalchemy import Engine

from cliply.db.session import create_app_engine
from cliply.db.urls import DatabaseUrls
from cliply.embedded import EmbeddedPostgres
from cliply.queues.board import WorkBoard
from cliply.storage.objects import ObjectStore
from tests.conftest import open_home
from tests.limits.redis_server import program
from tests.s3 import S3Storage
from tests_end_to_end.service.conftest import free_port, wait_until_ready

PASSWORD = "only-workers-know"
PROJECT = Path(__file__).resolve().parent.parent.parent
START_S = 120


class Redis:
    """A broker that keeps nothing on disk, so its end loses all messages."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"
        self._folder = folder
        self.start()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
        self._process = subprocess.Popen(
            [program(), *options, "--save", "", "--appendonly", "no"],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                with redis.Redis(port=self.port, password=PASSWORD) as client:
                    client.ping()
                return
            except redis.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("Redis did not start")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass
class Worker:
    """`cliply worker` with its processes, in a group of its own."""

    queues: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    log: Path
    processes: int = 2

    def start(self) -> "Worker":
        queues = [word for queue in self.queues for word in ("--queue", queue)]
        command = [sys.executable, "-m", "cli", "worker", *queues]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--concurrency", str(self.processes), "--grace", "3"],
                cwd=PROJECT,
                env=dict(self.environment),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def kill(self) -> None:
        """All at once, as when its machine is gone."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """As an orchestrator of containers does: only the first process is told."""
        self.process.terminate()
        return self.process.wait(60)


@dataclass(frozen=True)
class Installation:
    """What runs, and the doors to look behind it."""

    system: Engine
    app: Engine
    store: ObjectStore
    board: WorkBoard
    database: EmbeddedPostgres
    broker: Redis
    steps: Worker
    """Takes what is heavy."""
    rest: Worker
    """Takes runs and what is light."""
    address: str
    home: Path

    def logs(self) -> str:
        """All that the service and the workers have written."""
        return "\n".join(path.read_text(errors="replace") for path in self.home.rglob("*.log"))


@contextmanager
def running_s3() -> Iterator[S3Storage]:
    """A server that speaks S3, for who has no fixtures."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    storage = S3Storage(f"http://{host}:{port}", "cliply-many")
    storage.client().create_bucket(Bucket=storage.bucket)
    try:
        yield storage
    finally:
        server.stop()


@contextmanager
def installed(storage: S3Storage) -> Iterator[Installation]:
    """The service with two workers, all of it gone afterwards."""
    with ExitStack() as stack:
        home, elsewhere = open_home(), open_home()
        for folder in (home, elsewhere):
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database = EmbeddedPostgres(elsewhere)
        urls = stack.enter_context(database)
        broker = Redis(home)
        stack.callback(broker.kill)
        environment = _environment(home, urls, storage, broker)
        yield stack.enter_context(_running(home, database, urls, storage, broker, environment))


@contextmanager
def _running(
    home: Path,
    database: EmbeddedPostgres,
    urls: DatabaseUrls,
    storage: S3Storage,
    broker: Redis,
    environment: Mapping[str, str],
) -> Iterator[Installation]:
    rest = Worker(("runs", "cpu", "llm"), environment, home / "rest.log", processes=4)
    steps = Worker(("asr", "vision", "render"), environment, home / "steps.log")
    address = f"http://127.0.0.1:{environment['API_PORT']}"
    with (home / "up.log").open("wb") as log, ExitStack() as stack:
        service = subprocess.Popen(
            [sys.executable, "-m", "cli", "up"],
            cwd=PROJECT,
            env=environment,
            stdout=log,
            stderr=log,
        )
        stack.callback(_stop, service)
        wait_until_ready(address, service, home / "up.log")
        for worker in (rest.start(), steps.start()):
            stack.callback(_bury, worker)
        board = WorkBoard(SecretStr(broker.url))
        system, app = create_app_engine(urls.system), create_app_engine(urls.app)
        for close in (board.close, system.dispose, app.dispose):
            stack.callback(close)
        wait_for_workers(board, 2)
        store = storage.open("cliply")
        yield Installation(system, app, store, board, database, broker, steps, rest, address, home)


def _environment(
    home: Path, urls: DatabaseUrls, storage: S3Storage, broker: Redis
) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    written = {
        name: url.render_as_string(hide_password=False)
        for name, url in (
            ("DATABASE_URL", urls.owner),
            ("APP_DATABASE_URL", urls.app),
            ("SYSTEM_DATABASE_URL", urls.system),
        )
    }
    return (
        own
        | written
        | {
            "CLIPLY_HOME": str(home),
            "EXECUTION": "celery",
            "CELERY_BROKER_URL": broker.url,
            "STORAGE_URL": f"s3://{storage.bucket}/cliply",
            "AWS_ENDPOINT_URL": storage.endpoint,
            "AWS_ACCESS_KEY_ID": storage.access_key_id,
            "AWS_SECRET_ACCESS_KEY": storage.secret_access_key,
            "API_PORT": str(free_port()),
            "DAGSTER_PORT": str(free_port()),
            "MODEL_HUB": "never",
        }
    )


def wait_for_workers(board: WorkBoard, count: int) -> None:
    until = time.monotonic() + START_S
    while len(board.list_workers()) != count:
        assert time.monotonic() < until, f"{board.list_workers()} are not {count} workers"
        time.sleep(0.2)


def _stop(service: subprocess.Popen[bytes]) -> None:
    service.send_signal(signal.SIGINT)
    try:
        service.wait(60)
    finally:
        service.kill()


def _bury(worker: Worker) -> None:
    if worker.process.poll() is None:
        worker.kill()
