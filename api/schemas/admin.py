"""What operators are told and may set."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import Schema
from api.schemas.jobs import Fault
from cliply.db.models import Job, JobStep
from cliply.domain.jobs import JobMode, JobStatus, Urgency
from cliply.operations.workspaces import WorkspaceRules

MOST_FLAGS = 100
MOST_JOBS = 10_000

FlagName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class OperatorStep(Schema):
    """A step at work."""

    name: str = Field(examples=["transcript", "clip/c03"])
    attempts: int
    progress: float = Field(ge=0, le=1)
    worker: str | None = Field(description="`host:process`.", examples=["worker-1:4711"])
    heartbeat_at: datetime | None = Field(
        description="When it was last seen alive, which is every second."
    )
    run_id: str | None = Field(description="The run in the Dagster UI.")
    started_at: datetime | None


class OperatorJob(Schema):
    """A job of any workspace."""

    id: UUID
    workspace_id: UUID
    status: JobStatus
    is_paused: bool
    urgency: Urgency
    mode: JobMode
    error: Fault | None
    running: list[OperatorStep] = Field(description="Its steps at work.")
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job, running: Sequence[JobStep] = ()) -> Self:
        return cls(
            id=job.id,
            workspace_id=job.workspace_id,
            status=job.status,
            is_paused=job.paused_at is not None,
            urgency=Urgency.of(job.priority),
            mode=job.mode,
            error=Fault.of(job),
            running=[OperatorStep.model_validate(step) for step in running],
            created_at=job.created_at,
            updated_at=job.updated_at,
            finished_at=job.finished_at,
        )


class Unlocked(Schema):
    """What had held a job."""

    job: OperatorJob
    let_go: int = Field(description="Run requests and steps that were taken away from it.")


class Flags(Schema):
    """Features that are switched on or off for one workspace alone."""

    flags: Mapping[FlagName, bool] = Field(max_length=MOST_FLAGS, examples=[{"live_streams": True}])

    @classmethod
    def of(cls, rules: WorkspaceRules) -> Self:
        return cls(flags=rules.flags)


class Limits(Schema):
    """How much one workspace may have at once."""

    concurrent_jobs: int | None = Field(
        ge=1, le=MOST_JOBS, description="Jobs at work; null for what the installation allows."
    )

    @classmethod
    def of(cls, rules: WorkspaceRules) -> Self:
        return cls(concurrent_jobs=rules.concurrent_jobs)
