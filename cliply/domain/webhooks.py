"""What other systems can be told of, and the log of telling them."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field, NonNegativeInt

from cliply.domain.jobs import JobStatus
from cliply.domain.value import Value


class EventKind(StrEnum):
    """What a workspace can be told of."""

    job_created = "job.created"
    job_started = "job.started"
    """Its work has begun, or begins again after a failure."""
    job_review = "job.review"
    """All clips are rendered and wait for a person."""
    job_completed = "job.completed"
    job_failed = "job.failed"
    job_cancelled = "job.cancelled"
    job_paused = "job.paused"
    job_resumed = "job.resumed"
    job_deleted = "job.deleted"
    clip_rendered = "clip.rendered"
    """A version of the clip can be watched."""
    clip_updated = "clip.updated"
    """A person changed it: its edit, its words about it, or their judgement."""
    clip_deleted = "clip.deleted"


class EventPattern(StrEnum):
    """Every kind of one noun, those of later releases too."""

    all_jobs = "job.*"
    all_clips = "clip.*"


EventWish = EventKind | EventPattern

TEST_KIND = "webhook.test"
"""Sent when somebody asks for it, whatever the subscription wants."""

OF_STATUS = {
    JobStatus.ingesting: EventKind.job_started,
    JobStatus.review: EventKind.job_review,
    JobStatus.completed: EventKind.job_completed,
    JobStatus.failed: EventKind.job_failed,
    JobStatus.cancelled: EventKind.job_cancelled,
}
"""The moves of a job that are told; the others are its own affair."""

LEASE_S = 60
"""A delivery that is being tried is nobody else's for so long: four times what a try takes."""

FORMER_SECRET_H = 24
"""How long a secret that was replaced still signs beside the new one."""

MAX_SUBSCRIPTIONS = 20
"""Of one workspace."""


def pattern_of(kind: str) -> str:
    """`job.*` for `job.completed`."""
    return f"{kind.partition('.')[0]}.*"


class Try(Value):
    """One try of a delivery."""

    at: datetime
    status: int | None = None
    """HTTP status of the answer; None when there was none."""
    error: str | None = None
    """Why it failed, in one sentence."""
    duration_ms: NonNegativeInt
    answer: str = Field(default="", max_length=200)
    """How the answer's body began."""
    is_final: bool = False
    """Whether it was the last one, delivered or given up, until a replay."""


def count_tries(tries: list[Try]) -> int:
    """Tries since the delivery was last begun."""
    ended = [place for place, one in enumerate(tries, start=1) if one.is_final]
    return len(tries) - (ended[-1] if ended else 0)
