"""Sends bodies in pieces to the application behind a real socket."""

import http.client
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI

from api import server

CONTENT = random.Random(1).randbytes(3 * 1024 * 1024 + 12_345)
SIZE = len(CONTENT)
HALF = SIZE // 2
WAYS = {"lent": server.LendingProtocol, "messages": server.ImpatientProtocol}


@contextmanager
def running(app: FastAPI, way: str, lent: list[int], **changed: str) -> Iterator[str]:
    """Its address; at the end the server has ended, however it was told to."""

    class Noticed(WAYS[way]):
        def _lend(self, cycle: Any, size_bytes: int) -> Any:
            lent.append(size_bytes)
            return super()._lend(cycle, size_bytes)

    wanted = {"factory": False, "http": Noticed, "timeout_graceful_shutdown": 1}
    options = server.options("127.0.0.1", 0, 1) | wanted | changed
    serving = uvicorn.Server(uvicorn.Config(app, **options))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        serving.should_exit = True
        thread.join(20)
        listening.close()
    assert not thread.is_alive()


@dataclass(frozen=True)
class Announced:
    """An upload that waits for `CONTENT`."""

    path: str
    key: str


def begin(address: str, path: str, **headers: str) -> http.client.HTTPConnection:
    """A request of which the head was sent."""
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.putrequest("PUT", path)
    wanted = {"Content-Type": "video/mp4", "Content-Length": str(SIZE)}
    for name, value in (wanted | headers).items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection


def ended(connection: http.client.HTTPConnection) -> tuple[int, str]:
    """Status and text of the answer; the connection stays open."""
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def offset(address: str, path: str) -> int:
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.request("HEAD", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return int(answer.headers["Upload-Offset"])


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def certificate(folder: Path) -> dict[str, str]:
    """A server's key and its own word for it, as uvicorn's options."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    ).sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(secret)
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return {"ssl_keyfile": str(folder / "key.pem"), "ssl_certfile": str(folder / "cert.pem")}
