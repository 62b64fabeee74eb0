"""A request to clip one source: its settings and states."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from cliply.domain.editing import Edit
from cliply.domain.selection import SelectionSettings
from cliply.domain.value import Value

MAX_SLOTS = 20
"""Clip slots of the asset graph: `clip/c00` … `clip/c19`."""


class JobMode(StrEnum):
    vod = "vod"
    livestream = "livestream"
    camera = "camera"


class JobStatus(StrEnum):
    """DAG-4."""

    created = "created"
    ingesting = "ingesting"
    analyzing = "analyzing"
    clips_generated = "clips_generated"
    rendering = "rendering"
    review = "review"
    publishing = "publishing"
    completed = "completed"
    failed = "failed"
    cancelled = "cancelled"


TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.created: frozenset({JobStatus.ingesting, JobStatus.failed, JobStatus.cancelled}),
    JobStatus.ingesting: frozenset({JobStatus.analyzing, JobStatus.failed, JobStatus.cancelled}),
    # Straight to the end when nothing in the source qualifies (SEL-7).
    JobStatus.analyzing: frozenset(
        {JobStatus.clips_generated, JobStatus.completed, JobStatus.failed, JobStatus.cancelled}
    ),
    JobStatus.clips_generated: frozenset(
        {JobStatus.rendering, JobStatus.failed, JobStatus.cancelled}
    ),
    JobStatus.rendering: frozenset({JobStatus.review, JobStatus.failed, JobStatus.cancelled}),
    JobStatus.review: frozenset(
        {JobStatus.rendering, JobStatus.publishing, JobStatus.completed, JobStatus.cancelled}
    ),
    JobStatus.publishing: frozenset({JobStatus.completed, JobStatus.failed, JobStatus.cancelled}),
    JobStatus.completed: frozenset(),
    JobStatus.failed: frozenset({JobStatus.ingesting}),
    JobStatus.cancelled: frozenset({JobStatus.ingesting}),
}
"""Where a job may go from each state (DAG-4); a retry begins again at `ingesting`."""

ENDED = frozenset({JobStatus.completed, JobStatus.failed, JobStatus.cancelled})
"""States in which nothing works on a job."""


class JobEventKind(StrEnum):
    """What a job's history is made of."""

    created = "created"
    moved = "moved"
    """From one state to another."""
    step_started = "step_started"
    step_completed = "step_completed"
    step_skipped = "step_skipped"
    step_failed = "step_failed"
    step_cancelled = "step_cancelled"


class StepStatus(StrEnum):
    pending = "pending"
    running = "running"
    completed = "completed"
    skipped = "skipped"
    """There was nothing to do: a clip slot without a candidate."""
    failed = "failed"
    cancelled = "cancelled"


class ClipDuration(Value):
    """Shortest and longest clip, in seconds."""

    min: float = Field(default=15.0, ge=3, le=600)
    max: float = Field(default=90.0, ge=3, le=600)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.max < self.min:
            raise ValueError("clip_duration.max must not be below clip_duration.min")
        return self


class JobSettings(Value):
    """What a tenant asks of a job."""

    clip_duration: ClipDuration = ClipDuration()
    max_clips: int = Field(default=5, ge=1, le=MAX_SLOTS)
    edit: Edit = Edit()
    """What is to be done to each clip that has no edit of its own."""
    language: str | None = None
    """BCP 47 hint for speech recognition."""
    selection: SelectionSettings = SelectionSettings()
    """Which moments are asked for."""

    @property
    def clip_limit(self) -> int:
        """Most clips: spans and chapters become a clip each, as far as there are slots."""
        return MAX_SLOTS if self.selection.mode.is_given_order else self.max_clips
