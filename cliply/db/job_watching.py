"""Queries for those who watch jobs: of many jobs at once, so that many watchers cost little."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Row, Uuid, cast, column, func, literal, select, true
from sqlalchemy.orm import Session, aliased, load_only

from cliply.db.models import ApiToken, Clip, Job, JobEvent, JobStep
from cliply.db.session import now
from cliply.domain.ids import ApiTokenId, JobId, JobRef

EVENTS = "job_events"
"""Told by a trigger: workspace, job and the id of the new event."""
PROGRESS = "job_progress"
"""Told by steps: workspace and job."""
ECHO = "job_echo"
"""Told by listeners to themselves: a word of their own."""


class Pulse(NamedTuple):
    """By which it is seen whether something has happened to a job."""

    newest: int
    """Id of its newest event, 0 without one."""
    progress: float
    """Sum over its steps."""


def tell_progress(session: Session, ref: JobRef) -> None:
    """Tell whoever listens that a step of the job has come further, with the transaction."""
    _tell(session, PROGRESS, f"{ref.workspace_id} {ref.job_id}")


def tell_echo(session: Session, word: str) -> None:
    """Tell all listeners a word, so that the one who knows it sees that it can hear."""
    _tell(session, ECHO, word)


def _tell(session: Session, channel: str, payload: str) -> None:
    session.execute(select(func.pg_notify(channel, payload)))


def list_job_states(
    session: Session, job_ids: Collection[JobId]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """What a watcher is told of each job that is there."""
    shown: tuple[Any, ...] = (
        Job.id,
        Job.status,
        Job.paused_at,
        Job.error_code,
        Job.error_message,
        Job.outcome,
    )
    return session.execute(select(*shown).where(Job.id.in_(job_ids))).all()


def list_steps_of_jobs(
    session: Session, job_ids: Collection[JobId]
) -> Mapping[JobId, Sequence[JobStep]]:
    """In the order in which they were first started; their output is not loaded."""
    shown = (JobStep.job_id, JobStep.name, JobStep.status, JobStep.attempts, JobStep.progress)
    of_jobs = select(JobStep).options(load_only(*shown)).where(JobStep.job_id.in_(job_ids))
    found: dict[JobId, list[JobStep]] = defaultdict(list)
    for step in session.scalars(of_jobs.order_by(JobStep.created_at, JobStep.name)):
        found[step.job_id].append(step)
    return found


def count_clips_of_jobs(session: Session, job_ids: Collection[JobId]) -> Mapping[JobId, int]:
    """Jobs without a clip are left out."""
    counted = select(Clip.job_id, func.count()).where(Clip.job_id.in_(job_ids))
    return {job_id: count for job_id, count in session.execute(counted.group_by(Clip.job_id))}


def list_events_after(
    session: Session, wanted: Collection[tuple[JobId, int]], *, limit: int
) -> Mapping[tuple[JobId, int], Sequence[JobEvent]]:
    """For each job and id the events above that id, oldest first, at most `limit`."""
    jobs = cast(literal([job for job, _ in wanted], ARRAY(Uuid)), ARRAY(Uuid))
    ids = cast(literal([after for _, after in wanted], ARRAY(BigInteger)), ARRAY(BigInteger))
    columns = column("job_id", Uuid), column("after", BigInteger)
    asked = func.unnest(jobs, ids).table_valued(*columns, name="asked").render_derived()
    newer = (
        select(JobEvent)
        .where(JobEvent.job_id == asked.c.job_id, JobEvent.id > asked.c.after)
        .order_by(JobEvent.id)
        .limit(limit)
        .lateral("newer")
    )
    event = aliased(JobEvent, newer)
    found: dict[tuple[JobId, int], list[JobEvent]] = defaultdict(list)
    query = select(asked.c.job_id, asked.c.after, event).select_from(asked).join(newer, true())
    for job_id, after, one in session.execute(query.order_by(event.id)):
        found[JobId(job_id), after].append(one)
    return found


def list_pulses(session: Session, job_ids: Collection[JobId]) -> Mapping[JobId, Pulse]:
    """Of the jobs that are there; the ends of two indexes for each."""
    newest = (
        select(JobEvent.id)
        .where(JobEvent.job_id == Job.id)
        .order_by(JobEvent.id.desc())
        .limit(1)
        .correlate(Job)
        .scalar_subquery()
    )
    progress = (
        select(func.sum(JobStep.progress))
        .where(JobStep.job_id == Job.id)
        .correlate(Job)
        .scalar_subquery()
    )
    rows = session.execute(select(Job.id, newest, progress).where(Job.id.in_(job_ids)))
    return {job_id: Pulse(last or 0, total or 0.0) for job_id, last, total in rows}


def list_good_tokens(session: Session, token_ids: Collection[ApiTokenId]) -> set[ApiTokenId]:
    """Those API tokens of the pinned workspace that are neither revoked nor over."""
    is_good = (ApiToken.expires_at.is_(None)) | (ApiToken.expires_at > now(session))
    wanted = select(ApiToken.id).where(
        ApiToken.id.in_(token_ids), ApiToken.revoked_at.is_(None), is_good
    )
    return set(session.scalars(wanted))
