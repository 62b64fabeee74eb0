"""What a person sees of jobs and their steps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db import sources as source_rows
from cliply.db import steps as step_rows
from cliply.db.models import Clip, Job, JobStep
from cliply.db.session import workspace_session
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.jobs import JobStatus, StepStatus
from cliply.errors import ErrorCode, InvalidInput, NotFound


@dataclass(frozen=True)
class JobView:
    """One job in a list."""

    job_id: JobId
    file_name: str
    status: JobStatus
    clips: int
    created_at: datetime
    note: str
    """Its error, why it has no clips, or what needs a look; empty when all is well."""


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


def find_job(engine: Engine, workspace_id: WorkspaceId, text: str) -> JobRef:
    """The job with this id, of which the unique beginning is enough.

    Raises InvalidInput for a text that begins no id or that of several jobs, NotFound.
    """
    digits = text.strip().lower().replace("-", "")
    if not re.fullmatch(r"[0-9a-f]{1,32}", digits):
        raise InvalidInput(
            ErrorCode.option_invalid, f"{text} is not a job id; `cliply jobs` lists them."
        )
    with workspace_session(engine, workspace_id) as session:
        found = job_rows.list_jobs_beginning(session, digits, limit=2)
    if not found:
        raise NotFound(f"There is no job {text}; `cliply jobs` lists them.")
    if len(found) > 1:
        raise InvalidInput(
            ErrorCode.option_invalid, f"Several job ids begin with {text}; give more of it."
        )
    return found[0].ref


def list_job_views(engine: Engine, workspace_id: WorkspaceId, *, limit: int = 50) -> list[JobView]:
    """Newest first."""
    with workspace_session(engine, workspace_id) as session:
        return [_job_view(session, job) for job in job_rows.list_jobs(session, limit=limit)]


def read_source_name(engine: Engine, ref: JobRef) -> str:
    """The name of the job's file. Raises Conflict (SOURCE_PENDING) before its link was fetched."""
    with workspace_session(engine, ref.workspace_id) as session:
        return source_rows.get_source_of(session, job_rows.get_job(session, ref.job_id)).file_name


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


def _job_view(session: Session, job: Job) -> JobView:
    clips = clip_rows.list_clips(session, job.id)
    return JobView(
        job_id=job.id,
        file_name=_source_name(session, job),
        status=job.status,
        clips=len(clips),
        created_at=job.created_at,
        note=_job_note(job, clips),
    )


def _source_name(session: Session, job: Job) -> str:
    """The file's name, or the link that is being fetched."""
    if job.source_video_id is None:
        return job.source_url or ""
    return source_rows.get_source(session, job.source_video_id).file_name


def _job_note(job: Job, clips: Sequence[Clip]) -> str:
    if job.error_code:
        return f"{job.error_code}: {job.error_message}"
    notes = [job.outcome] if job.outcome else []
    doubtful = _numbers(clips, ClipStatus.needs_attention)
    if doubtful:
        notes.append(f"needs attention: clip {doubtful}")
    waiting = _numbers(clips, ClipStatus.planned)
    if waiting and job.status is JobStatus.review:
        notes.append(f"edited and not rendered: clip {waiting}")
    return "; ".join(notes)


def _numbers(clips: Sequence[Clip], status: ClipStatus) -> str:
    """As a person counts them."""
    return ", ".join(str(clip.slot + 1) for clip in clips if clip.status is status)


def _step_note(step: JobStep) -> str:
    if step.error_code:
        return f"{step.error_code}: {step.error_message}"
    known = {key: value for key, value in (step.output or {}).items() if value is not None}
    return ", ".join(f"{key} {value}" for key, value in known.items())
