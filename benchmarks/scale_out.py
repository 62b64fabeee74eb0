"""How soon a job's first step begins on warm workers, and what passes between steps.

Both installations are whole ones on this machine: `cliply up` alone, and with Redis, S3 and two
workers. Jobs end before they render, so that FFmpeg is no part of the figures.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg
from sqlalchemy import Engine

from benchmarks.timing import Row
from cliply.domain.ids import LOCAL_WORKSPACE, JobRef
from cliply.domain.jobs import ClipDuration, JobSettings
from cliply.services import submission
from cliply.storage.objects import ObjectStore
from tests_end_to_end.scale_out import installation as many
from tests_faults import installation as one
from tests_faults.work import compose_talk, copy_of

RUNS = 10
WARM = 3
"""Jobs before the first that counts."""
LIMIT_S = 120
"""For one job."""
SETTINGS = JobSettings(
    clip_duration=ClipDuration(min=3, max=8), max_clips=1, language="en", auto_render=False
)
AGAINST = "cliply up alone"

OPEN = """
select 1 from jobs join run_requests request on request.job_id = jobs.id
where jobs.id = %(id)s and (jobs.status <> 'clips_generated' or request.closed_at is null)
"""
FIGURES = """
select extract(epoch from min(step.started_at) - min(jobs.created_at)),
    sum(extract(epoch from step.started_at - (
        select max(earlier.finished_at) from job_steps earlier
        where earlier.job_id = step.job_id and earlier.finished_at <= step.started_at)))
from jobs join job_steps step on step.job_id = jobs.id where jobs.id = %(id)s
"""


class Seen(NamedTuple):
    """One job, in seconds."""

    first_step_s: float
    """From its creation."""
    between_s: float
    """From the end of a step to the beginning of the next, over its 7 steps."""


def measure() -> list[Row]:
    """Wall time: a person waits for it. Judge it on a machine that does nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        talk = compose_talk(Path(folder))
        with one.installed() as alone:
            limit = _jobs(alone.system, alone.app, alone.store, talk)
        with many.running_s3() as storage, many.installed(storage) as found:
            ours = _jobs(found.system, found.app, found.store, talk)
    first, others = ([job.first_step_s for job in jobs] for jobs in (ours, limit))
    between, theirs = ([job.between_s for job in jobs] for jobs in (ours, limit))
    middle = statistics.median
    goal = 2.0 / middle(others)
    return [
        Row(
            "created to first step, median", middle(first), middle(others), "s", AGAINST, RUNS, goal
        ),
        Row("created to first step, p95", _p95(first), _p95(others), "s", AGAINST, RUNS),
        Row("between 7 steps", middle(between), middle(theirs), "s", AGAINST, RUNS),
    ]


def _jobs(system: Engine, app: Engine, store: ObjectStore, talk: Path) -> list[Seen]:
    address = system.url.set(drivername="postgresql").render_as_string(hide_password=False)
    seen = []
    with psycopg.connect(address, autocommit=True) as rows:
        for number in range(WARM + RUNS):
            # At any moment of the second in which the daemon looks.
            time.sleep(number * 0.37 % 1)
            seen.append(_job(rows, _submit(app, store, copy_of(talk, f"bench-{time.time_ns()}"))))
    return seen[WARM:]


def _job(rows: psycopg.Connection[tuple[float, ...]], ref: JobRef) -> Seen:
    deadline = time.monotonic() + LIMIT_S
    while rows.execute(OPEN, {"id": ref.job_id}).fetchone():
        if time.monotonic() > deadline:
            sys.exit(f"a job did not end within {LIMIT_S} s")
        time.sleep(0.1)
    first_s, between_s = rows.execute(FIGURES, {"id": ref.job_id}).fetchone() or (0, 0)
    return Seen(float(first_s), float(between_s))


def _submit(app: Engine, store: ObjectStore, talk: Path) -> JobRef:
    offer = submission.examine(talk, talk.with_name("talk.srt"))
    return submission.submit(app, store, LOCAL_WORKSPACE, offer, SETTINGS, with_run_request=True)


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
