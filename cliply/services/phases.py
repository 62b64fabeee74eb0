"""Where a job stands while its steps run."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db import renders as render_rows
from cliply.db import steps as step_rows
from cliply.db.models import Job
from cliply.db.session import workspace_session
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobRef
from cliply.domain.jobs import TRANSITIONS, JobSettings, JobStatus
from cliply.errors import Cancelled, CliplyError, ErrorCode
from cliply.services import steps
from cliply.services.jobs import move_job
from cliply.storage.keys import artifact_key, slot_name
from cliply.storage.objects import ObjectStore

REVIEWABLE = (JobStatus.rendering, JobStatus.review)


def advance(engine: Engine, ref: JobRef, status: JobStatus, *, outcome: str | None = None) -> None:
    """Move the job when that is a legal step for it, else leave it where it is.

    A single asset may be materialised again at any time; a job under review does not go
    back to `analyzing` for that.
    """
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.get_job(session, ref.job_id, lock=True)
        if status in TRANSITIONS[job.status]:
            move_job(session, ref.job_id, status, outcome=outcome)


def close_run(
    engine: Engine, ref: JobRef, run_id: str, *, cancelled: bool, otherwise: CliplyError
) -> CliplyError:
    """End what a run that is over has left open: its running steps, then the job.

    The reason is that of the run's failed step, or `otherwise` where no step knows one.
    A job whose clips all have a render loses nothing by it and stays open to review.
    Doing it again changes nothing.
    """
    reason = Cancelled() if cancelled else otherwise
    with workspace_session(engine, ref.workspace_id) as session:
        for row in step_rows.list_running(session, run_id):
            steps.fail_step(session, ref, row.name, reason)
        told = step_rows.find_failure(session, run_id)
        if told is not None and told.error_code is not None and not cancelled:
            reason = _told(ErrorCode(told.error_code), told.error_message or "")
        job = job_rows.get_job(session, ref.job_id, lock=True)
        if job.status in REVIEWABLE and not clip_rows.count_unrendered(session, ref.job_id):
            _move(session, job, JobStatus.review)
        else:
            ended = JobStatus.cancelled if isinstance(reason, Cancelled) else JobStatus.failed
            _move(session, job, ended, reason)
    return reason


def _move(session: Session, job: Job, status: JobStatus, error: CliplyError | None = None) -> None:
    if status in TRANSITIONS[job.status]:
        move_job(session, job.id, status, error=error)


def _told(code: ErrorCode, message: str) -> CliplyError:
    return Cancelled(message) if code is ErrorCode.cancelled else CliplyError(code, message)


def finish_rendering(engine: Engine, ref: JobRef) -> None:
    """Offer the job for review once each of its clips has a render."""
    with workspace_session(engine, ref.workspace_id) as session:
        missing = clip_rows.count_unrendered(session, ref.job_id)
    if not missing:
        advance(engine, ref, JobStatus.review)


def read_settings(engine: Engine, ref: JobRef) -> JobSettings:
    """What the tenant asked of the job."""
    with workspace_session(engine, ref.workspace_id) as session:
        return job_rows.get_job(session, ref.job_id).settings


def is_done(engine: Engine, store: ObjectStore, ref: JobRef) -> bool:
    """Whether the job is at its end, nothing is left to render and every file is still there."""
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.get_job(session, ref.job_id)
        if job.status not in (JobStatus.review, JobStatus.completed):
            return False
        clips = clip_rows.list_clips(session, ref.job_id)
        renders = [render_rows.find_present_render(session, clip) for clip in clips]
    if any(clip.status is ClipStatus.planned for clip in clips):
        return False
    keys = [artifact_key(ref, f"clip/{slot_name(clip.slot)}", ".json") for clip in clips]
    keys += [artifact_key(ref, "ranking", ".json")]
    keys += [render.video_key for render in renders if render is not None]
    return None not in renders and all(store.exists(key) for key in keys)
