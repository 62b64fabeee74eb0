"""Watchers of a job that connect again and again, and write down what they were told."""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

PAUSE_S = 0.3
"""Before they connect again."""


@dataclass
class Watcher:
    """What one watcher has seen; its thread ends with `stop`."""

    connect: Callable[["Watcher"], None]
    """Notes messages until the connection breaks."""
    events: list[int] = field(default_factory=list)
    """Ids in the order of their arrival, over all connections."""
    kinds: list[str] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    @property
    def last(self) -> int:
        return self.events[-1] if self.events else 0

    @property
    def is_over(self) -> bool:
        return self._is_over.is_set()

    def note(self, kind: str, event_id: int | None) -> None:
        self.kinds.append(kind)
        if event_id is not None:
            self.events.append(event_id)

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join(30)

    def _work(self) -> None:
        while not self.is_over:
            with suppress(httpx.HTTPError, WebSocketException, OSError):  # the server is away
                self.connect(self)
            time.sleep(PAUSE_S)


def over_socket(address: str, token: str, job_id: object) -> Watcher:
    """Watches by WebSocket."""
    place = f"{address.replace('http', 'ws', 1)}/ws/jobs/{job_id}"
    headers = {"Authorization": f"Bearer {token}"}

    def listen(watcher: Watcher) -> None:
        whole = f"{place}?last_event_id={watcher.last}"
        with connect(whole, additional_headers=headers, open_timeout=5) as socket:
            watcher.connections += 1
            while not watcher.is_over:
                try:
                    told: Mapping[str, Any] = json.loads(socket.recv(timeout=1))
                except TimeoutError:
                    continue
                watcher.note(told["type"], told.get("id"))

    return Watcher(listen)


def over_events(address: str, token: str, job_id: object) -> Watcher:
    """Watches by server-sent events."""
    place = f"{address}/api/jobs/{job_id}/events"

    def listen(watcher: Watcher) -> None:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "text/event-stream",
            "Last-Event-ID": str(watcher.last),
        }
        with httpx.stream("GET", place, headers=headers, timeout=20) as answer:
            answer.raise_for_status()
            watcher.connections += 1
            block: dict[str, str] = {}
            for line in answer.iter_lines():
                if watcher.is_over:
                    return
                name, _, value = line.partition(": ")
                block[name] = value
                if not line:
                    _note(watcher, block)
                    block = {}

    return Watcher(listen)


def _note(watcher: Watcher, block: Mapping[str, str]) -> None:
    if "event" in block:
        watcher.note(block["event"], int(block["id"]) if "id" in block else None)


def wait_until_connected(watchers: Sequence[Watcher], times: int, within_s: float) -> None:
    """Until all of them have been connected so often; the assertions judge who has not."""
    until = time.monotonic() + within_s
    while time.monotonic() < until and any(one.connections < times for one in watchers):
        time.sleep(0.1)


def wait_until_told(watchers: Sequence[Watcher], newest: int, within_s: float) -> None:
    """Until all of them know the newest event; who does not is left to the assertions."""
    until = time.monotonic() + within_s
    while time.monotonic() < until and any(one.last < newest for one in watchers):
        time.sleep(0.1)
