"""What the API tells about a job: how far it is, what it has, what it took."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from cliply.db import job_lists
from cliply.db import steps as step_rows
from cliply.db.job_lists import SourceRow
from cliply.db.models import JobStep
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobId
from cliply.domain.jobs import JobStatus, StepStatus

SHARES: Mapping[str, int] = {
    "source_video": 2,
    "listening": 8,
    "transcript": 38,
    "scan": 27,
    "candidates": 1,
    "ranking": 4,
}
"""Percent of a job's work that its steps are, as an hour of talk takes them on two cores.
No clip waits for `mood` and `embeddings`."""

OF_CLIPS = 100 - sum(SHARES.values())
CLIP_STEPS = "clip/"
"""How the steps of clips begin."""

MADE = frozenset({JobStatus.review, JobStatus.publishing, JobStatus.completed})
"""States in which nothing is left to make."""


@dataclass(frozen=True)
class JobReport:
    """A job as its tenant reads it."""

    job: Any
    """All columns of it."""
    source: SourceRow | None
    """None until a link was fetched."""
    progress: float
    """Finished fraction, 0…1."""
    clips: Counter[ClipStatus]


@dataclass(frozen=True)
class StepTime:
    """How long the last attempt of a step took."""

    name: str
    attempts: int
    seconds: float | None
    """None while it runs."""
    is_reused: bool
    """Whether an earlier job's result was taken."""


@dataclass(frozen=True)
class JobUsage:
    """What a job took, as far as it is known."""

    source_seconds: float | None
    """Length of the source; None before it was probed."""
    source_bytes: int
    """0 until a link was fetched."""
    steps: Sequence[StepTime]
    ranked_by: str | None
    """Provider and model, or `signals`; None before the ranking."""
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    """Of the ranking; None where no price is known."""


def read_job(session: Session | Connection, job_id: JobId) -> JobReport:
    """Raises NotFound, also for another workspace's job."""
    job, source, clips = job_lists.get_job_facts(session, job_id)
    done = 1.0 if job.status in MADE else _progress(session, job_id, clips.total())
    return JobReport(job, source, done, clips)


def _progress(session: Session | Connection, job_id: JobId, clips: int) -> float:
    return progress_of(step_rows.list_steps(session, job_id), clips)


def progress_of(steps: Sequence[JobStep], clips: int) -> float:
    """Finished fraction of a job's work, 0…1; `clips` are those that were planned."""
    parts = {step.name: _fraction(step) for step in steps}
    analysed = sum(share * parts.get(name, 0.0) for name, share in SHARES.items())
    rendered = sum(part for name, part in parts.items() if name.startswith(CLIP_STEPS))
    return round(min(100.0, analysed + OF_CLIPS * min(1.0, rendered / max(clips, 1))) / 100, 4)


def _fraction(step: JobStep) -> float:
    """A skipped step had nothing to do. Skipped clip slots are no clips and count for none."""
    if step.status is StepStatus.skipped:
        return 0.0 if step.name.startswith(CLIP_STEPS) else 1.0
    return 1.0 if step.status is StepStatus.completed else step.progress


def read_usage(session: Session | Connection, job_id: JobId) -> JobUsage:
    """Raises NotFound."""
    source = job_lists.get_job_facts(session, job_id).source
    steps = step_rows.list_steps(session, job_id)
    ranked = next((step for step in steps if step.name == "ranking"), None)
    told = (ranked.output or {}) if ranked else {}
    spent: dict[str, Any] = {} if "reused_from" in told else told
    return JobUsage(
        source_seconds=source.media.duration_ms / 1000 if source and source.media else None,
        source_bytes=source.size_bytes if source else 0,
        steps=[_time_of(step) for step in steps],
        ranked_by=told.get("ranked_by"),
        requests=spent.get("requests") or 0,
        input_tokens=spent.get("input_tokens") or 0,
        output_tokens=spent.get("output_tokens") or 0,
        cost_usd=spent.get("cost_usd"),
    )


def _time_of(step: JobStep) -> StepTime:
    return StepTime(
        step.name, step.attempts, seconds_of(step), "reused_from" in (step.output or {})
    )


def seconds_of(step: JobStep) -> float | None:
    """How long the last attempt took; None while it runs."""
    if step.started_at is None or step.finished_at is None:
        return None
    return (step.finished_at - step.started_at).total_seconds()
