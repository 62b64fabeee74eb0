"""What is still to be made for a job, and asking for it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from cliply.db import clips as clip_rows
from cliply.db import run_requests
from cliply.db import steps as step_rows
from cliply.db.models import Job, RunRequest
from cliply.domain.assets import ANALYSIS, ASSETS, CLIPS, DONE, Progress, not_covered, unfinished
from cliply.domain.clips import ClipStatus
from cliply.domain.job_moves import WAITING_OR_AT_WORK
from cliply.domain.jobs import JobSettings, JobStatus


def first_assets(settings: JobSettings) -> tuple[str, ...]:
    """What is asked for when the job is made; no names means all."""
    return () if settings.auto_render else ANALYSIS


def progress_of(session: Session, job: Job) -> Progress:
    """How far a held job is."""
    clips = clip_rows.list_clips(session, job.id)
    outdated = [one for one in clips if one.version is None or one.status is ClipStatus.planned]
    return Progress(
        done=frozenset(row.name for row in step_rows.list_steps(session, job.id)
                       if row.status in DONE),
        clips=frozenset(CLIPS[one.slot] for one in clips),
        outdated=frozenset(CLIPS[one.slot] for one in outdated),
        held_back=frozenset(CLIPS) - _asked_for(session, job),
    )  # fmt: skip


def _asked_for(session: Session, job: Job) -> frozenset[str]:
    """The clips that may be rendered: all, or those that somebody has asked for."""
    if job.settings.auto_render:
        return frozenset(CLIPS)
    requests = run_requests.list_requests(session, job.id)
    if any(not request.assets for request in requests):
        return frozenset(CLIPS)
    return frozenset(name for request in requests for name in request.assets if name in CLIPS)


def waiting_clips(session: Session, job: Job) -> tuple[str, ...]:
    """Clips of a job that does not render by itself, for which nobody has asked yet."""
    if job.status is not JobStatus.clips_generated or job.settings.auto_render:
        return ()
    progress = progress_of(session, job)
    return tuple(name for name in CLIPS if name in progress.outdated & progress.held_back)


def is_at_work(session: Session, job: Job) -> bool:
    """Whether something has to be done for it, and nobody has to do something before."""
    if job.status not in WAITING_OR_AT_WORK or job.paused_at is not None:
        return False
    return bool(unfinished(progress_of(session, job)))


def ask_for_rest(session: Session, job: Job, reason: str) -> RunRequest | None:
    """Ask for all that a held job lacks; what is asked for already is not asked for again."""
    return ask_for(session, job, unfinished(progress_of(session, job)), reason)


def ask_for(session: Session, job: Job, assets: Sequence[str], reason: str) -> RunRequest | None:
    """Ask for these assets of a held job, as far as no open request does; None for nothing.

    The run goes on from the job's last one.
    """
    asked = [request.assets for request in run_requests.list_open(session, job.id)]
    rest = not_covered(assets, asked)
    if not rest:
        return None
    names = () if len(rest) == len(ASSETS) else rest
    added = run_requests.add_run_request(
        session,
        job.ref,
        names,
        priority=job.priority,
        reason=reason,
        parent_run_id=run_requests.find_last_run(session, job.id),
    )
    session.flush()
    return added
