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


ENDED = frozenset({JobStatus.completed, JobStatus.failed, JobStatus.cancelled})
"""States in which nothing works on a job."""


class JobEventKind(StrEnum):
    """What a job's history is made of."""

    created = "created"
    moved = "moved"
    """From one state to another."""
    paused = "paused"
    resumed = "resumed"
    repaired = "repaired"
    """Something that a dead process had left was mended."""
    step_started = "step_started"
    step_completed = "step_completed"
    step_skipped = "step_skipped"
    step_failed = "step_failed"
    step_cancelled = "step_cancelled"


class Urgency(StrEnum):
    """Which of its workspace's jobs goes first."""

    low = "low"
    normal = "normal"
    high = "high"

    @property
    def priority(self) -> int:
        """Of its run requests; renders that a person waits for have 10."""
        return {"low": -5, "normal": 0, "high": 5}[self.value]

    @classmethod
    def of(cls, priority: int) -> Self:
        """The one that stands for a priority."""
        return cls("low" if priority < 0 else "high" if priority > 0 else "normal")


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
    auto_render: bool = True
    """Whether the clips are rendered at once; else the job waits until it is resumed."""
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
