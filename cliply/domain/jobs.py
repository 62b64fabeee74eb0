"""A request to clip one source: its settings and states."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from cliply.domain.captions import CaptionStyle
from cliply.domain.framing import AspectRatio
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
    aspect_ratio: AspectRatio = AspectRatio.portrait
    caption_style: CaptionStyle = CaptionStyle.highlight_word
    language: str | None = None
    """BCP 47 hint for speech recognition."""
