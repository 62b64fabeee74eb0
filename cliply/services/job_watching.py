"""What watchers of jobs are told, read for many jobs at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cliply.db import job_watching as rows
from cliply.db.models import JobEvent
from cliply.domain.ids import JobId
from cliply.domain.jobs import ENDED, JobStatus, StepStatus
from cliply.services.job_reports import MADE, progress_of

MOST_EVENTS = 100
"""Read at once for one watcher; the next look has the others."""

Since = tuple[JobId, int]
"""A job, and the id of the last event that a watcher knows."""


@dataclass(frozen=True)
class StepState:
    """Where a step stands."""

    name: str
    status: StepStatus
    attempts: int
    progress: float
    """Finished fraction, 0…1."""


@dataclass(frozen=True)
class JobState:
    """Where a job stands."""

    status: JobStatus
    is_paused: bool
    progress: float
    """Finished fraction of its work, 0…1."""
    error_code: str | None
    error_message: str | None
    outcome: str | None
    steps: Sequence[StepState]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself: the job has ended and so have its steps."""
        at_work = any(step.status is StepStatus.running for step in self.steps)
        return self.status in ENDED and not at_work


@dataclass(frozen=True)
class Look:
    """A job as it stood when its events were read, or before."""

    state: JobState | None
    """None when there is no such job in the workspace."""
    events: Sequence[JobEvent]
    is_all: bool
    """Whether these are all events that there were."""


def look_at_jobs(session: Session, wanted: Collection[Since]) -> Mapping[Since, Look]:
    """States are read before events: where a job is over its last event is among them."""
    states = read_states(session, {job_id for job_id, _ in wanted})
    events = rows.list_events_after(session, wanted, limit=MOST_EVENTS)
    return {
        since: Look(states.get(since[0]), events[since], len(events[since]) < MOST_EVENTS)
        if since in events
        else Look(states.get(since[0]), (), is_all=True)
        for since in wanted
    }


def read_states(session: Session, job_ids: Collection[JobId]) -> Mapping[JobId, JobState]:
    """Of the jobs that are there."""
    jobs = rows.list_job_states(session, job_ids)
    steps = rows.list_steps_of_jobs(session, job_ids)
    clips = rows.count_clips_of_jobs(session, job_ids)
    found = {}
    for job in jobs:
        own = steps.get(job.id, ())
        done = 1.0 if job.status in MADE else progress_of(own, clips.get(job.id, 0))
        found[job.id] = JobState(
            status=job.status,
            is_paused=job.paused_at is not None,
            progress=done,
            error_code=job.error_code,
            error_message=job.error_message,
            outcome=job.outcome,
            steps=[StepState(one.name, one.status, one.attempts, one.progress) for one in own],
        )
    return found
