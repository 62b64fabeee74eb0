"""A stream from its begin to its end, whatever carries it: counted, measured and logged."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import HTTPConnection

from api.metrics import Metrics
from api.realtime.members import Watcher
from api.realtime.messages import Message
from api.realtime.process import hub_of
from api.realtime.streams import Stream
from api.work import Work
from cliply.domain.ids import JobId, JobRef
from cliply.errors import Cancelled, ErrorCode, Unavailable

log = structlog.stdlib.get_logger("api.streams")


@dataclass(frozen=True)
class Wish:
    """Who wants to watch what, from where on."""

    ref: JobRef
    after: int
    """Id of the last event that they know, 0 for none."""
    watcher: Watcher
    request_id: str

    @classmethod
    def of(cls, work: Work, job_id: JobId, after: int) -> "Wish":
        caller = work.caller
        expires_s = work.request.state.expires_s
        watcher = Watcher(caller.user_id, caller.token_id, caller.scopes, expires_s)
        ref = JobRef(caller.workspace_id, job_id)
        return cls(ref, after, watcher, caller.request_id)


class Tally:
    """What has been sent over one stream."""

    def __init__(self, transport: str, metrics: Metrics | None) -> None:
        self.transport = transport
        self.messages = 0
        self._metrics = metrics
        self._began = time.monotonic()

    def count(self, sent: Sequence[Message]) -> None:
        self.messages += len(sent)
        if self._metrics is not None and sent:
            self._metrics.stream_messages.labels(self.transport).inc(len(sent))

    def move(self, by: int) -> None:
        """A stream begins (1) or ends (-1)."""
        if self._metrics is not None:
            self._metrics.open_streams.labels(self.transport).inc(by)

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._began, 1)


@contextmanager
def opened(
    wish: Wish, connection: HTTPConnection, transport: str
) -> Iterator[tuple[Stream, Tally]]:
    """The stream and its tally. Raises TooMany."""
    hub = hub_of(connection.app)
    tally = Tally(transport, getattr(connection.app.state, "metrics", None))
    with (
        hub.places.taken(f"{wish.watcher.token_id or wish.watcher.user_id}"),
        hub.follow(wish.ref, wish.after, wish.watcher) as stream,
    ):
        tally.move(1)
        try:
            yield stream, tally
        finally:
            tally.move(-1)
            log.info("stream", **_line(wish, stream, tally))


def _line(wish: Wish, stream: Stream, tally: Tally) -> dict[str, Any]:
    return {
        "request_id": wish.request_id,
        "transport": tally.transport,
        "workspace_id": str(wish.ref.workspace_id),
        "user_id": str(wish.watcher.user_id),
        "job_id": str(wish.ref.job_id),
        "messages": tally.messages,
        "seconds": tally.seconds,
        "ended": stream.reason.code if stream.reason else "over",
    }


def gone() -> Cancelled:
    """The watcher has hung up."""
    return Cancelled("The watcher has gone.")


def too_slow() -> Cancelled:
    """The watcher does not read what they are sent."""
    return Cancelled("Nothing was read for too long.")


def restarting() -> Unavailable:
    return Unavailable(
        ErrorCode.process_not_ready,
        "The server restarts; connect again with the id of the last event.",
    )
