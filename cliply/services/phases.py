"""Where a job stands while its steps run."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db import renders as render_rows
from cliply.db import run_requests
from cliply.db import steps as step_rows
from cliply.db.models import Job
from cliply.db.session import workspace_session
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobRef
from cliply.domain.job_moves import WAITING_OR_AT_WORK, JobMove
from cliply.domain.jobs import ENDED, JobSettings, JobStatus
from cliply.errors import Cancelled, CliplyError, ErrorCode
from cliply.services import steps
from cliply.services.jobs import try_to_move
from cliply.services.remaining import is_at_work
from cliply.storage.keys import artifact_key, slot_name
from cliply.storage.objects import ObjectStore


def advance(
    engine: Engine,
    ref: JobRef,
    move: JobMove,
    *,
    outcome: str | None = None,
    wakes: bool = False,
) -> None:
    """Move the job when that is legal for it now, else leave it where it is.

    A single asset may be materialised again at any time; a job under review does not go
    back to `analyzing` for that. One that has ended stays so, and none that is paused begins
    to render, unless the run `wakes` it because somebody started it by hand.
    """
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.find_job(session, ref.job_id, lock=True)
        if job is None:
            return  # it was deleted; its next step does not begin
        is_paused = job.paused_at is not None and move is JobMove.render
        if wakes or not (is_paused or job.status in ENDED):
            try_to_move(session, job, move, outcome=outcome)


def close_run(
    engine: Engine, ref: JobRef, run_id: str, *, cancelled: bool, otherwise: CliplyError
) -> CliplyError:
    """End what a run that is over has left open: its running steps, its request, the job.

    The reason is that of the run's failed step, or `otherwise` where no step knows one.
    A job whose clips all have a render loses nothing by it and stays open to review; one
    whose request was closed before has been paused, or goes on by another run, and stays
    as it is. Doing it again changes nothing.
    """
    reason = Cancelled() if cancelled else otherwise
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.find_job(session, ref.job_id, lock=True)
        if job is None:
            return reason
        for row in step_rows.list_running(session, run_id):
            steps.fail_step(session, ref, row.name, reason)
        told = step_rows.find_failure(session, run_id)
        if told is not None and told.error_code is not None and not cancelled:
            reason = _told(ErrorCode(told.error_code), told.error_message or "")
        request = run_requests.find_of_run(session, run_id)
        if request is not None and not run_requests.close(session, run_id):
            return reason
        if job.status is not JobStatus.review and not try_to_move(session, job, JobMove.offer):
            end = JobMove.cancel if isinstance(reason, Cancelled) else JobMove.fail
            try_to_move(session, job, end, error=reason)
    return reason


def finish_run(engine: Engine, ref: JobRef, run_id: str) -> None:
    """Close the request of a run that succeeded, and settle its job where nothing else works.

    A run that was asked for one step alone may leave others broken: then the job fails with
    what broke them. Doing it again changes nothing.
    """
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.find_job(session, ref.job_id, lock=True)
        run_requests.close(session, run_id)
        if job is not None and not run_requests.list_open(session, job.id):
            _settle(session, job)


def _settle(session: Session, job: Job) -> None:
    if job.status not in WAITING_OR_AT_WORK or job.paused_at is not None:
        return
    if try_to_move(session, job, JobMove.offer):
        return
    broken = step_rows.find_broken(session, job.id)
    if is_at_work(session, job) and broken is not None and broken.error_code is not None:
        error = _told(ErrorCode(broken.error_code), broken.error_message or "")
        try_to_move(session, job, JobMove.fail, error=error)
    elif not job.settings.auto_render and clip_rows.count_clips(session, job.id):
        try_to_move(session, job, JobMove.plan)


def _told(code: ErrorCode, message: str) -> CliplyError:
    return Cancelled(message) if code is ErrorCode.cancelled else CliplyError(code, message)


def finish_rendering(engine: Engine, ref: JobRef) -> None:
    """Offer the job for review once each of its clips has a render.

    Where clips are rendered one by one, as somebody asks for them, the others wait.
    """
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.get_job(session, ref.job_id, lock=True)
        if not try_to_move(session, job, JobMove.offer) and not job.settings.auto_render:
            try_to_move(session, job, JobMove.plan)


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
