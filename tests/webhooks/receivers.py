"""A receiver of webhooks on this machine, strict about what it is sent."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.local_server import served


@dataclass
class Receiver:
    """What it got, and how it answers."""

    url: str = ""
    secret: str = ""
    """Signatures are checked against it, once it is set."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    takes_s: float = 0.0
    got: list[dict[str, Any]] = field(default_factory=list)
    """Bodies that were taken: answered with 2xx, in that order."""
    message_ids: list[str] = field(default_factory=list)
    """Of all tries."""
    raw: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: dict[str, str], content: bytes) -> int:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            self.raw.append((headers, content))
            self.message_ids.append(headers["webhook-id"])
            status = self.status
        time.sleep(self.takes_s)
        with self._lock:
            self._now -= 1
            if not self._is_genuine(headers, content):
                return 401
            if 200 <= status < 300:
                self.got.append(json.loads(content))
            return status

    def _is_genuine(self, headers: dict[str, str], content: bytes) -> bool:
        try:
            if self.secret:
                Webhook(self.secret).verify(content, headers)
        except WebhookVerificationError:
            return False
        return True

    def kinds_of(self, job_id: object) -> list[str]:
        """Kinds of the events of a job, in the order in which they came."""
        return [one["type"] for one in self.got if one["data"].get("job_id") == str(job_id)]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(headers, content)
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with served(Answering) as address:
        receiver.url = f"{address}/hooks"
        yield receiver
