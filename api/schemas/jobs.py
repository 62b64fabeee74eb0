"""Jobs on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.base import Name, Schema, Text
from api.schemas.wishes import SettingsWish
from cliply.db.job_lists import SourceRow
from cliply.db.models import Job, JobEvent, JobStep
from cliply.domain.clips import ClipStatus
from cliply.domain.jobs import JobEventKind, JobMode, JobSettings, JobStatus, StepStatus, Urgency
from cliply.services.job_reports import JobReport, JobUsage, seconds_of

INTERNAL = "_key"
"""How names of a step's output end that tenants have no use for: places in the storage."""


class NewJob(Schema):
    """What is wanted of a source: of an upload, or of the video behind a link."""

    source_id: UUID | None = Field(
        None, description="The source that a confirmed upload became; or give `source_url`."
    )
    source_url: Text | None = Field(
        None,
        max_length=2000,
        description="A link to a video's page, under https; or give `source_id`.",
        examples=["https://www.youtube.com/watch?v=aqz-KE-bpKQ"],
    )
    force: bool = Field(
        False,
        description="Ask for a new job of a link, also where one of the same link has not ended.",
    )
    settings: SettingsWish = Field(
        JobSettings(),
        description="What is left out is as usual: the five best moments of 15 to 90 s.",
        examples=[{"max_clips": 3, "clip_duration": {"min": 20, "max": 60}}],
    )
    urgency: Urgency = Field(
        Urgency.normal, description="Which of the workspace's jobs goes first; one that is "
        "there already keeps its own.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if (self.source_id is None) == (self.source_url is None):
            raise ValueError("give one of source_id and source_url")
        return self


class Retry(Schema):
    """What of a job is tried again."""

    step: Name | None = Field(
        None,
        description="A step that has failed: it is made again, and what is made of it. Null goes "
        "on from where the job broke.",
        examples=["transcript"],
    )


class Fault(Schema):
    """Why something failed."""

    code: str = Field(
        examples=["SOURCE_CORRUPT"], description="One of the codes in docs/errors.md."
    )
    message: str | None = None

    @classmethod
    def of(cls, row: Job | JobStep) -> Self | None:
        """None for a row that did not fail."""
        return cls(code=row.error_code, message=row.error_message) if row.error_code else None


class JobSummary(Schema):
    """A job in a list."""

    id: UUID
    status: JobStatus
    is_paused: bool = Field(description="Whether no further step begins until it is resumed.")
    urgency: Urgency
    mode: JobMode
    source_id: UUID | None = Field(description="Null until the video behind a link was fetched.")
    source_url: str | None = Field(description="Where the source was taken from; null for uploads.")
    file_name: str | None = Field(
        examples=["talk.mp4"], description="Null until the video behind a link was fetched."
    )
    error: Fault | None = Field(description="Why it failed; null unless it did.")
    outcome: str | None = Field(description="Why there are no clips; null when there are.")
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    archived_at: datetime | None = Field(
        description="Since when its source and analysis are not kept any more; its clips are."
    )

    @classmethod
    def of(cls, job: Job, file_name: str | None) -> Self:
        return cls(**summary_of(job, file_name))


def summary_of(job: Job, file_name: str | None) -> dict[str, Any]:
    """The fields of a `JobSummary`."""
    return {
        "id": job.id,
        "status": job.status,
        "is_paused": job.paused_at is not None,
        "urgency": Urgency.of(job.priority),
        "mode": job.mode,
        "source_id": job.source_video_id,
        "source_url": job.source_url,
        "file_name": file_name,
        "error": Fault.of(job),
        "outcome": job.outcome,
        "created_by": job.created_by,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "finished_at": job.finished_at,
        "archived_at": job.archived_at,
    }


class SourceFacts(Schema):
    """The file that a job works on; what is null is not known before it was probed."""

    id: UUID
    file_name: str
    size_bytes: int
    duration_ms: int | None = None
    container: str | None = None
    width: int | None = Field(None, description="As a player shows it; null without video.")
    height: int | None = None
    frame_rate: float | None = None
    has_audio: bool | None = None
    has_transcript: bool = Field(description="Whether a transcript came with it.")

    @classmethod
    def of(cls, source: SourceRow) -> Self:
        return cls(
            id=source.id,
            file_name=source.file_name,
            size_bytes=source.size_bytes,
            has_transcript=source.transcript_key is not None,
            **_media_facts(source),
        )


def _media_facts(source: SourceRow) -> dict[str, Any]:
    media = source.media
    if media is None:
        return {}
    facts = {
        "duration_ms": media.duration_ms,
        "container": media.container,
        "has_audio": media.audio is not None,
    }
    if media.video is None:
        return facts
    video = media.video
    rate = round(float(video.frame_rate), 3)
    return facts | {"width": video.width, "height": video.height, "frame_rate": rate}


class ClipTally(Schema):
    """How many clips a job has."""

    total: int
    by_status: dict[ClipStatus, int] = Field(examples=[{"rendered": 4, "approved": 1}])


class JobAnswer(JobSummary):
    """A job with all that was asked of it."""

    settings: JobSettings
    source: SourceFacts | None = Field(
        description="Null until the video behind a link was fetched."
    )
    progress: float = Field(ge=0, le=1, description="Finished fraction of its work.")
    clips: ClipTally

    @classmethod
    def of_report(cls, report: JobReport) -> Self:
        source = report.source
        return cls(
            **summary_of(report.job, source.file_name if source else None),
            settings=report.job.settings,
            source=SourceFacts.of(source) if source else None,
            progress=report.progress,
            clips=ClipTally(
                total=report.clips.total(), by_status=dict(sorted(report.clips.items()))
            ),
        )


class StepAnswer(Schema):
    """One step of a job."""

    name: str = Field(examples=["transcript", "clip/c03"])
    status: StepStatus
    attempts: int
    progress: float = Field(ge=0, le=1)
    seconds: float | None = Field(description="What the last attempt took; null while it runs.")
    started_at: datetime | None
    finished_at: datetime | None
    error: Fault | None
    skipped_because: str | None
    output: Mapping[str, Any] | None = Field(examples=[{"engine": "whisperx", "quality": "high"}])

    @classmethod
    def of(cls, step: JobStep) -> Self:
        return cls(
            name=step.name,
            status=step.status,
            attempts=step.attempts,
            progress=step.progress,
            seconds=seconds_of(step),
            started_at=step.started_at,
            finished_at=step.finished_at,
            error=Fault.of(step),
            skipped_because=None if step.error_code else step.error_message,
            output=_told(step.output),
        )


def _told(output: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if output is None:
        return None
    return {name: value for name, value in output.items() if not name.endswith(INTERNAL)}


class EventAnswer(Schema):
    """Something that happened to a job."""

    id: int
    kind: JobEventKind
    payload: dict[str, Any] = Field(examples=[{"from": "created", "to": "ingesting"}])
    created_at: datetime

    @classmethod
    def of(cls, event: JobEvent) -> Self:
        return cls(id=event.id, kind=event.kind, payload=event.payload, created_at=event.created_at)


class StepTimeAnswer(Schema):
    """How long a step took."""

    name: str
    attempts: int
    seconds: float | None = Field(description="Of the last attempt; null while it runs.")
    is_reused: bool = Field(description="Whether an earlier job's result was taken.")


class UsageAnswer(Schema):
    """What a job took, as far as it is known."""

    source_seconds: float | None
    source_bytes: int
    steps: list[StepTimeAnswer]
    step_seconds: float = Field(description="Sum over all steps that have ended.")
    ranked_by: str | None = Field(
        examples=["groq:openai/gpt-oss-120b"],
        description="Who ranked the moments: a model, or `signals`; null before that.",
    )
    requests: int = Field(description="Requests to language models.")
    input_tokens: int
    output_tokens: int
    cost_usd: float | None = Field(description="Of the tokens; null where no price is known.")

    @classmethod
    def of(cls, usage: JobUsage) -> Self:
        return cls(
            source_seconds=usage.source_seconds,
            source_bytes=usage.source_bytes,
            steps=[StepTimeAnswer.model_validate(step) for step in usage.steps],
            step_seconds=round(sum(step.seconds or 0.0 for step in usage.steps), 3),
            ranked_by=usage.ranked_by,
            requests=usage.requests,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost_usd=usage.cost_usd,
        )
