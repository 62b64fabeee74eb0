"""Messages to watchers, and how they are written as server-sent events and as JSON."""

from dataclasses import dataclass

from api.schemas.base import Schema
from api.schemas.jobs import EventAnswer
from api.schemas.streams import ClosingMessage, EndMessage, ProgressMessage, StateMessage
from cliply.db.models import JobEvent
from cliply.errors import CliplyError, ErrorCode
from cliply.services.job_watching import JobState

HEARTBEAT = b": still here\n\n"
"""A comment, which clients do not show and proxies take for life."""


@dataclass(frozen=True)
class Message:
    """One thing that a watcher is told."""

    kind: str
    body: str
    """A JSON object on one line."""
    event_id: int | None = None
    """Of an event of the job's history; the others are not kept."""

    @property
    def as_sse(self) -> bytes:
        """https://html.spec.whatwg.org/multipage/server-sent-events.html"""
        head = "" if self.event_id is None else f"id: {self.event_id}\n"
        return f"{head}event: {self.kind}\ndata: {self.body}\n\n".encode()

    @property
    def as_json(self) -> str:
        """The same object with its `type` before all else; an event has its `id` in it."""
        rest = self.body[1:]
        return f'{{"type":"{self.kind}"{"," if rest != "}" else ""}{rest}'


def event_message(event: JobEvent) -> Message:
    """An event, as lists have it."""
    return _message(event.kind, EventAnswer.of(event), event.id)


def state_message(state: JobState) -> Message:
    return _message("state", StateMessage.of(state))


def progress_message(step: str, fraction: float, job_progress: float) -> Message:
    told = ProgressMessage(step=step, fraction=fraction, job_progress=job_progress)
    return _message("progress", told)


def end_message(state: JobState) -> Message:
    return _message("end", EndMessage.of(state))


def closing_message(reason: CliplyError) -> Message:
    """Why the stream ends before the job does."""
    kind = "token_expired" if reason.code is ErrorCode.token_expired else "closed"
    return _message(kind, ClosingMessage(code=reason.code, message=reason.message))


def retry_hint(wait_ms: int) -> bytes:
    """How long clients are to wait before they connect again."""
    return f"retry: {wait_ms}\n\n".encode()


def _message(kind: str, told: Schema, event_id: int | None = None) -> Message:
    return Message(kind, told.model_dump_json(), event_id)
