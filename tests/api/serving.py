"""A real server over the tests' database, and watchers who connect to it."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection, connect

from api import server


@dataclass(frozen=True)
class Served:
    """Where it listens, and its application."""

    port: int
    app: FastAPI

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(app: FastAPI, port: int = 0) -> Iterator[Served]:
    """The API as it is served, in a thread, until the body ends; then told to stop."""
    options = server.options("127.0.0.1", port, 1, streams=1000) | {"factory": False}
    running = uvicorn.Server(uvicorn.Config(app, **options))
    listening = socket.create_server(("127.0.0.1", port))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Served(listening.getsockname()[1], app)
    finally:
        running.should_exit = True
        thread.join(20)
        listening.close()
        assert not thread.is_alive()


Event = dict[str, Any]
"""A server-sent event: `event`, `id`, `data` (read), `retry`, or `comment`."""


def parse_events(lines: Iterator[str]) -> Iterator[Event]:
    """As a browser reads them."""
    block: Event = {}
    for line in lines:
        if line == "":
            if block:
                yield block
            block = {}
            continue
        name, _, value = line.partition(":")
        block[name or "comment"] = json.loads(value) if name == "data" else value.strip()


@contextmanager
def events(
    served: Served, headers: Mapping[str, str], job_id: Any, after: int | None = None, **query: Any
) -> Iterator[Iterator[Event]]:
    """A job's server-sent events behind `after`."""
    wanted = {**headers, "Accept": "text/event-stream"}
    if after is not None:
        wanted["Last-Event-ID"] = str(after)
    with (
        httpx.Client(timeout=10) as client,
        client.stream(
            "GET", f"{served.url}/api/jobs/{job_id}/events", headers=wanted, params=query
        ) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        yield parse_events(answer.iter_lines())


def watch(
    served: Served, headers: Mapping[str, str], job_id: Any, query: str = "", **options: Any
) -> ClientConnection:
    """A job's WebSocket."""
    url = f"ws://127.0.0.1:{served.port}/ws/jobs/{job_id}{query}"
    return connect(url, additional_headers=headers, compression=None, **options)


def read_all(socket: ClientConnection) -> tuple[list[Event], int | None]:
    """All messages until it is closed, and the code of that."""
    told: list[Event] = []
    with suppress(ConnectionClosedError):
        for text in socket:
            told.append(json.loads(text))
    return told, socket.close_code
