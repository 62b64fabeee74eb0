"""How the API is served: uvicorn over httptools and uvloop, in one process or several."""

import asyncio
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httptools
import uvicorn
from starlette.requests import ClientDisconnect
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.raw_bodies import EXTENSION, IS_POSSIBLE, LEAST_BYTES, LEND, RawBody
from api.realtime.wire import (
    ABORT,
    AT_SHUTDOWN,
    MAX_MESSAGE_BYTES,
    PING_EVERY_S,
    SocketProtocol,
    allow_files,
)
from cliply.errors import ErrorCode

HEAD_S = 15
"""How long a connection may take to send a request's head, and how long it may idle."""
GRACE_S = 8
"""For requests that are being answered at the end; the supervisor kills after 10 s."""
MAX_CONNECTIONS = 1000
"""Of one process, beside its streams; more are answered with 503."""
SPARE_FILES = 500
"""Files that a process has open besides its connections."""


class ImpatientProtocol(HttpToolsProtocol):
    """Ends connections that are open without a request, or take for ever to send one.

    Uvicorn has a limit for pauses between requests alone: whoever sends one byte a minute
    would hold a connection for good.
    """

    patience_s: float = HEAD_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.patience_s, self._too_slow)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._deadline.cancel()
        self._deadline = self.loop.call_later(self.patience_s, self._too_slow)

    def on_headers_complete(self) -> None:
        self._deadline.cancel()
        super().on_headers_complete()
        self.scope["state"][ABORT] = self.transport.abort

    def shutdown(self) -> None:
        """Streams would go on for as long as somebody watches; they are told to end."""
        super().shutdown()
        state = self.scope["state"] if self.scope is not None else {}
        if AT_SHUTDOWN in state:
            state[AT_SHUTDOWN]()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """The envelope for what is no HTTP, too."""
        detail = {"code": ErrorCode.request_invalid, "message": msg, "trace_id": uuid4().hex}
        body = json.dumps({"error": detail}).encode()
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class LendingProtocol(ImpatientProtocol):
    """Lends the sockets of large bodies to routes that take them themselves (`RawBody`)."""

    least_bytes: int = LEAST_BYTES
    _unwanted_bytes = 0
    """Of a body that a route has given back; they are thrown away."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        size_bytes = self._declared()
        if size_bytes >= self.least_bytes and IS_POSSIBLE and self.scheme == "http":
            lend = partial(self._lend, self.cycle, size_bytes)
            self.scope["extensions"] = {EXTENSION: {LEND: lend}}

    def data_received(self, data: bytes) -> None:
        """While unwanted bytes come the idle connection's time runs, so nobody can go on long."""
        rest = data[self._unwanted_bytes :]
        self._unwanted_bytes -= len(data) - len(rest)
        if rest:
            super().data_received(rest)

    def _declared(self) -> int:
        """The length of the body of a PUT; 0 for what is sent in chunks, too."""
        if self.parser.get_method() != b"PUT":
            return 0
        return int(dict(self.headers).get(b"content-length", 0))

    @contextmanager
    def _lend(self, cycle: RequestResponseCycle, size_bytes: int) -> Iterator[RawBody]:
        """The connection goes on behind the body then, also when not all of it was taken.

        Raises ClientDisconnect.
        """
        if cycle.disconnected or self.transport.is_closing():
            raise ClientDisconnect
        self.flow.pause_reading()
        if cycle.waiting_for_100_continue:
            cycle.waiting_for_100_continue = False
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        first, cycle.body = bytes(cycle.body), bytearray()
        # A duplicate: the loop does not take its transports' descriptors from others.
        lent = os.dup(self.transport.get_extra_info("socket").fileno())
        with socket.socket(fileno=lent) as source:
            body = RawBody(first, source, size_bytes - len(first))
            try:
                yield body
            finally:
                self._go_on_behind(cycle, body.left_bytes)

    def _go_on_behind(self, cycle: RequestResponseCycle, left_bytes: int) -> None:
        """What comes after the body is read by a new parser; the old one waits for the body."""
        if not cycle.more_body:  # it was read before it was lent, and perhaps what follows it
            return
        cycle.more_body = False
        self._unwanted_bytes = left_bytes
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)


def serve(host: str, port: int, workers: int, *, streams: int = 0) -> None:
    """Serve until SIGTERM or SIGINT; requests that were begun are answered first.

    Each process makes its application with `api.main.build`, and may have so many streams.
    """
    allow_files(MAX_CONNECTIONS + streams + SPARE_FILES)
    with tempfile.TemporaryDirectory(prefix="cliply-metrics-") as folder:
        # The metrics library and the settings of all processes read it.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(Path(folder))  # noqa: TID251
        uvicorn.run("api.main:build", **options(host, port, workers, streams))


def options(host: str, port: int, workers: int, streams: int = 0) -> dict[str, Any]:
    """Nothing tells what serves, and only our own trusted proxies are believed."""
    return {
        "factory": True,
        "host": host,
        "port": port,
        "workers": workers,
        "loop": "uvloop",
        "http": LendingProtocol,
        "ws": SocketProtocol,
        "ws_max_size": MAX_MESSAGE_BYTES,
        "ws_ping_interval": PING_EVERY_S,
        "ws_ping_timeout": PING_EVERY_S,
        # Costs 40 KB for each socket, and messages are short.
        "ws_per_message_deflate": False,
        "lifespan": "off",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": HEAD_S,
        "timeout_graceful_shutdown": GRACE_S,
        "limit_concurrency": MAX_CONNECTIONS + streams,
        "backlog": 2048,
        # A busy machine may keep a process from answering its parent for longer than 5 s.
        "timeout_worker_healthcheck": 30,
    }
