"""What people do with a job: cancel, pause, resume, try again, delete.

Each is one transaction on the session that it is given: the job is held, the state machine
asked, and history, webhooks and run request are written together.
"""

from sqlalchemy.orm import Session

from cliply.db import job_removals, run_requests
from cliply.db import jobs as job_rows
from cliply.db import steps as step_rows
from cliply.db.models import Job
from cliply.db.session import now
from cliply.domain.assets import CLIPS, again_from, made_by, unfinished
from cliply.domain.ids import JobId
from cliply.domain.job_moves import JobMove, check_pause
from cliply.domain.jobs import JobEventKind, JobStatus, StepStatus
from cliply.domain.webhooks import EventKind
from cliply.errors import Cancelled, Conflict, ErrorCode
from cliply.services.admission import MOST_WAITING, admit
from cliply.services.jobs import legally, move_job, try_to_move
from cliply.services.kept_sources import check_source
from cliply.services.outbox import tell_of_job
from cliply.services.remaining import ask_for, ask_for_rest, progress_of, waiting_clips
from cliply.storage.objects import ObjectStore

BROKEN_OFF = frozenset({StepStatus.failed, StepStatus.cancelled})
ENDED_BADLY = frozenset({JobStatus.failed, JobStatus.cancelled})


def cancel_job(session: Session, job_id: JobId) -> Job:
    """It is cancelled at once; what works on it notices within a second.

    Raises Conflict (JOB_STATE_WRONG) for a job that has ended.
    """
    return move_job(session, job_id, JobMove.cancel, error=Cancelled("The job was cancelled."))


def pause_job(session: Session, job_id: JobId) -> Job:
    """It keeps its state, the running step goes on to its end, and no other begins.

    Raises Conflict (JOB_STATE_WRONG) where nothing is left to be paused.
    """
    job = job_rows.get_job(session, job_id, lock=True)
    with legally():
        check_pause(job.status)
    if job.paused_at is not None:
        raise _wrong("The job is paused already; resume it and it goes on.")
    job.paused_at = now(session)
    job_rows.add_event(session, job.ref, JobEventKind.paused, {"state": job.status})
    session.flush()
    tell_of_job(session, EventKind.job_paused, job)
    return job


def resume_job(session: Session, job_id: JobId, store: ObjectStore) -> Job:
    """It goes on where it was paused; clips that wait for a person to ask are rendered.

    Raises Conflict: JOB_STATE_WRONG when it is not paused and nothing waits, SOURCE_EXPIRED
    when its source is kept no longer.
    """
    job = job_rows.get_job(session, job_id, lock=True)
    if job.paused_at is None:
        return release_job(session, job_id, store)
    check_source(session, store, job)
    job.paused_at = None
    job_rows.add_event(session, job.ref, JobEventKind.resumed, {"state": job.status})
    session.flush()
    ask_for_rest(session, job, "resumed")
    ask_for(session, job, waiting_clips(session, job), "released")
    tell_of_job(session, EventKind.job_resumed, job)
    return job


def release_job(session: Session, job_id: JobId, store: ObjectStore) -> Job:
    """Render what waits because the job does not render by itself (`auto_render`).

    Raises Conflict as `resume_job` does.
    """
    job = job_rows.get_job(session, job_id, lock=True)
    waiting = () if job.paused_at is not None else waiting_clips(session, job)
    if waiting:
        check_source(session, store, job)
    if not ask_for(session, job, waiting, "released"):
        raise _wrong(f"The job is {job.status} and not paused; there is nothing to resume.")
    told = {"state": job.status, "clips": len(waiting)}
    job_rows.add_event(session, job.ref, JobEventKind.resumed, told)
    session.flush()
    tell_of_job(session, EventKind.job_resumed, job)
    return job


def retry_job(
    session: Session,
    job_id: JobId,
    store: ObjectStore,
    step: str | None = None,
    *,
    most_waiting: int | None = MOST_WAITING,
) -> Job:
    """Go on from where it broke; with `step`, make that one again and what is made of it.

    What is done is kept. It waits as a new job does: raises TooMany (JOBS_FULL) when
    `most_waiting` others wait already, None for whoever need not care. Raises NotFound for a
    step that the job does not have, and Conflict: JOB_STATE_WRONG when neither job nor step
    has failed or was cancelled, SOURCE_EXPIRED when the source is kept no longer.
    """
    job = job_rows.get_job(session, job_id, lock=True)
    if step is None:
        _start_over(session, job, store)
        asked = ask_for_rest(session, job, "retried")
    else:
        _check_step(session, job, step)
        _start_over_from(session, job, store, step)
        asked = ask_for(session, job, again_from(step, progress_of(session, job)), "retried")
    if asked is not None and most_waiting is not None:
        admit(session, job.ref, most_waiting)
    if not run_requests.list_open(session, job.id):
        try_to_move(session, job, JobMove.offer)  # all of it was done when it was cancelled
    return job


def _check_step(session: Session, job: Job, step: str) -> None:
    row = step_rows.get_step(session, job.id, step)
    if row.status not in BROKEN_OFF or not made_by(step):
        raise _wrong(f"The step {step} is {row.status}; only one that has failed is tried again.")


def _start_over_from(session: Session, job: Job, store: ObjectStore, step: str) -> None:
    """A job without a broken end keeps its state; a clip of it is rendered beside the others."""
    if job.status in ENDED_BADLY:
        _start_over(session, job, store, step)
        return
    if job.status not in (JobStatus.review, JobStatus.completed):
        raise _wrong(f"The job is {job.status} and still at work; wait for its end, or cancel it.")
    check_source(session, store, job)
    if step in CLIPS:
        try_to_move(session, job, JobMove.rerender)
    step_rows.reset_steps(session, job.id, (step,))


def _start_over(session: Session, job: Job, store: ObjectStore, step: str | None = None) -> None:
    """The job waits for a run again; what was started before it was cancelled has no say."""
    was_cancelled = job.status is JobStatus.cancelled
    move_job(session, job.id, JobMove.retry)
    check_source(session, store, job)
    if was_cancelled:
        for request in run_requests.list_open(session, job.id):
            if request.drained_at is not None:
                run_requests.put_away(session, request.id)
    step_rows.reset_steps(session, job.id, None if step is None else (step,))
    session.flush()


def delete_job(session: Session, job_id: JobId) -> Job:
    """It is gone with all its rows; runs and files follow. What works on it notices and ends."""
    job = job_rows.get_job(session, job_id, lock=True)
    job_removals.add_removal(session, job.ref, job_removals.list_run_ids(session, job_id))
    job_rows.delete_job(session, job_id)
    tell_of_job(session, EventKind.job_deleted, job)
    return job


def is_finished(session: Session, job: Job) -> bool:
    """Whether nothing is left to be made for it."""
    return not unfinished(progress_of(session, job))


def _wrong(message: str) -> Conflict:
    return Conflict(message, ErrorCode.job_state_wrong)
