"""`cliply up` and `cliply api`, as processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

PROJECT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[bytes], Path]]:
    """The command, where its API is to answer, and what it has printed."""
    port, said = free_port(), home / "said.txt"
    environment = {
        **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
        "CLIPLY_HOME": str(home),
        "API_PORT": str(port),
        "DAGSTER_PORT": str(free_port()),
        "MODEL_HUB": "never",
    }
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", *arguments],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield f"http://127.0.0.1:{port}", process, said
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        finally:
            process.kill()


def answer_of(url: str, process: subprocess.Popen[bytes], said: Path, within_s: float) -> bytes:
    deadline = time.monotonic() + within_s
    while True:
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < deadline, said.read_text()
        try:
            with urlopen(url, timeout=5) as answer:
                return bytes(answer.read())
        except (URLError, OSError):
            time.sleep(0.1)


def test_up_starts_the_api_tells_where_and_leaves_nothing(new_home: Path) -> None:
    with running(new_home, "up") as (url, process, said):
        ready = json.loads(answer_of(f"{url}/api/readyz", process, said, 120))
        deadline = time.monotonic() + 60
        while f"API: running, it answers at {url}" not in said.read_text():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0

    assert ready["parts"]["database"] == "ok"
    assert ready["parts"]["storage"] == "ok"
    assert "API: stopped" in said.read_text()
    assert "killed" not in said.read_text()


def test_the_api_alone_adds_up_what_its_processes_count(new_home: Path) -> None:
    with running(new_home, "api", "--workers", "2") as (url, process, said):
        answer_of(f"{url}/api/health", process, said, 60)
        for _ in range(30):
            answer_of(f"{url}/api/health", process, said, 10)
        told = answer_of(f"{url}/metrics", process, said, 10).decode()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

    counted = 'cliply_http_requests_total{method="GET",route="/api/health",status="200"} 31.0'
    assert counted in told
    lines = [json.loads(line) for line in said.read_text().splitlines()]
    assert sum(line["event"] == "request" for line in lines) >= 31
