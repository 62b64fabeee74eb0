"""How the API is served: uvicorn over httptools and uvloop, in one process or several."""

import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cliply.errors import ErrorCode

HEAD_S = 15
"""How long a connection may take to send a request's head, and how long it may idle."""
GRACE_S = 8
"""For requests that are being answered at the end; the supervisor kills after 10 s."""
MAX_CONNECTIONS = 1000
"""Of one process; more are answered with 503."""


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


def serve(host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM or SIGINT; requests that were begun are answered first.

    Each process makes its application with `api.main.build`.
    """
    with tempfile.TemporaryDirectory(prefix="cliply-metrics-") as folder:
        # The metrics library and the settings of all processes read it.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(Path(folder))  # noqa: TID251
        uvicorn.run("api.main:build", **options(host, port, workers))


def options(host: str, port: int, workers: int) -> dict[str, Any]:
    """Nothing tells what serves, and only our own trusted proxies are believed."""
    return {
        "factory": True,
        "host": host,
        "port": port,
        "workers": workers,
        "loop": "uvloop",
        "http": ImpatientProtocol,
        "ws": "none",
        "lifespan": "off",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": HEAD_S,
        "timeout_graceful_shutdown": GRACE_S,
        "limit_concurrency": MAX_CONNECTIONS,
        "backlog": 2048,
        # A busy machine may keep a process from answering its parent for longer than 5 s.
        "timeout_worker_healthcheck": 30,
    }
