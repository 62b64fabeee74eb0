"""A whole installation: `cliply up` with a home and ports of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import open_home

START_S = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def up() -> Iterator[str]:
    """The address of the API, ready and with a graph behind it."""
    home, port = open_home(), free_port()
    environment = {
        **os.environ,
        "CLIPLY_HOME": str(home),
        "MODEL_HUB": "never",
        "API_PORT": str(port),
        "DAGSTER_PORT": str(free_port()),
    }
    log = (home / "up.log").open("w")
    service = subprocess.Popen(
        [sys.executable, "-m", "cli", "up"], env=environment, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(address, service, home / "up.log")
        yield address
    finally:
        service.send_signal(signal.SIGINT)
        service.wait(60)
        log.close()
        shutil.rmtree(home)


def wait_until_ready(address: str, service: subprocess.Popen[bytes], log: Path) -> None:
    """Fails with the service's log."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and service.poll() is None:
        try:
            if httpx.get(f"{address}/api/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    pytest.fail(f"the service did not get ready:\n{log.read_text()[-4000:]}")
