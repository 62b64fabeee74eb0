"""What watchers of a job are sent, besides its events."""

from typing import Self

from pydantic import Field

from api.schemas.base import Schema
from api.schemas.jobs import Fault
from cliply.domain.jobs import JobStatus, StepStatus
from cliply.services.job_watching import JobState


class StepNow(Schema):
    """Where a step stands."""

    name: str = Field(examples=["transcript", "clip/c03"])
    status: StepStatus
    attempts: int
    progress: float = Field(ge=0, le=1)


class StateMessage(Schema):
    """`state`, the first message: where the job stands."""

    status: JobStatus
    is_paused: bool
    progress: float = Field(ge=0, le=1, description="Finished fraction of its work.")
    steps: list[StepNow]

    @classmethod
    def of(cls, state: JobState) -> Self:
        return cls(
            status=state.status,
            is_paused=state.is_paused,
            progress=state.progress,
            steps=[StepNow.model_validate(step) for step in state.steps],
        )


class ProgressMessage(Schema):
    """`progress`: a step has come further. Such messages have no id and are not kept."""

    step: str = Field(examples=["transcript", "clip/c03"])
    fraction: float = Field(ge=0, le=1, description="Of the step.")
    job_progress: float = Field(ge=0, le=1, description="Of the job.")


class EndMessage(Schema):
    """`end`: the job is over and all of its events were sent."""

    status: JobStatus
    error: Fault | None
    outcome: str | None = Field(description="Why there are no clips; null when there are.")

    @classmethod
    def of(cls, state: JobState) -> Self:
        code = state.error_code
        fault = Fault(code=code, message=state.error_message) if code else None
        return cls(status=state.status, error=fault, outcome=state.outcome)


class ClosingMessage(Schema):
    """`token_expired` or `closed`, the last message: why nothing more is sent."""

    code: str = Field(examples=["TOKEN_EXPIRED"], description="One of the codes in docs/errors.md.")
    message: str
