"""What a person sees of jobs and their steps."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db import sources as source_rows
from cliply.db import steps as step_rows
from cliply.db.models import Job, JobStep
from cliply.db.session import workspace_session
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.jobs import JobStatus, StepStatus


@dataclass(frozen=True)
class JobView:
    """One job in a list."""

    job_id: JobId
    file_name: str
    status: JobStatus
    clips: int
    created_at: datetime
    note: str
    """Its error, or why it has no clips; empty when all is well."""


@dataclass(frozen=True)
class StepView:
    """One step of a job."""

    name: str
    status: StepStatus
    progress: float
    attempts: int
    seconds: float | None
    """How long it took; None while it runs."""
    note: str


def list_job_views(engine: Engine, workspace_id: WorkspaceId, *, limit: int = 50) -> list[JobView]:
    """Newest first."""
    with workspace_session(engine, workspace_id) as session:
        return [
            JobView(
                job_id=job.id,
                file_name=source_rows.get_source(session, job.source_video_id).file_name,
                status=job.status,
                clips=len(clip_rows.list_clips(session, job.id)),
                created_at=job.created_at,
                note=_job_note(job),
            )
            for job in job_rows.list_jobs(session, limit=limit)
        ]


def list_step_views(engine: Engine, ref: JobRef) -> list[StepView]:
    """In the order in which they were first started. Raises NotFound for no such job."""
    with workspace_session(engine, ref.workspace_id) as session:
        job_rows.get_job(session, ref.job_id)
        return [_step_view(step) for step in step_rows.list_steps(session, ref.job_id)]


def _step_view(step: JobStep) -> StepView:
    return StepView(
        name=step.name,
        status=step.status,
        progress=step.progress,
        attempts=step.attempts,
        seconds=_seconds(step),
        note=_step_note(step),
    )


def _seconds(step: JobStep) -> float | None:
    if step.started_at is None or step.finished_at is None:
        return None
    return (step.finished_at - step.started_at).total_seconds()


def _job_note(job: Job) -> str:
    if job.error_code:
        return f"{job.error_code}: {job.error_message}"
    return job.outcome or ""


def _step_note(step: JobStep) -> str:
    if step.error_code:
        return f"{step.error_code}: {step.error_message}"
    known = {key: value for key, value in (step.output or {}).items() if value is not None}
    return ", ".join(f"{key} {value}" for key, value in known.items())
