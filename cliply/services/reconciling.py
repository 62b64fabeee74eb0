"""What is wrong when jobs, requests, steps and runs do not agree; pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from cliply.db.reconciling import RunningRow
from cliply.domain.ids import JobRef
from cliply.domain.value import Value
from cliply.services.runs import Run, RunState

SILENT_S = 60.0
"""Heartbeats come every second; after so long nobody is there, wherever it was."""

DEAD_S = 3.0
"""For a process that is seen to be gone: its launcher may be about to say so itself."""

BETWEEN_STEPS = timedelta(seconds=30)
"""A run that began less than this ago may not have come to its first step."""


class Damage(StrEnum):
    """Kinds of disagreement."""

    run_not_noted = "run_not_noted"
    """A request has a run and does not say so."""
    request_lost = "request_lost"
    """A request was taken and has no run."""
    end_not_seen = "end_not_seen"
    """A run has ended and its request is at work."""
    run_lost = "run_lost"
    """A run is at work and its process is gone."""
    step_left = "step_left"
    """A step is running and its run is not."""
    job_forsaken = "job_forsaken"
    """A job is at work and nobody was asked to do it."""
    partition_missing = "partition_missing"
    partition_left = "partition_left"
    removal_left = "removal_left"
    """A deleted job still has runs or files."""
    render_missing = "render_missing"
    """A clip or a version of it has lost its file."""
    source_missing = "source_missing"
    """A source has lost its file."""
    source_left = "source_left"
    """Media that no source names."""
    analysis_left = "analysis_left"
    """Analysis of a job that is no more, or archived."""


class Finding(Value):
    """One disagreement and what was done about it."""

    damage: Damage
    ref: JobRef | None
    """None for what is of no job."""
    what: str
    """Run, request, step, key or file."""
    done: str
    """Empty when nothing was changed."""


def is_lost(run: Run, moment: datetime, is_held: bool | None) -> bool:
    """Whether a run at work has no process, going by its launcher alone: between steps."""
    is_at_work = run.state is RunState.working
    return is_at_work and is_held is False and moment - run.since > BETWEEN_STEPS


def is_dead(
    step: RunningRow, *, is_held: bool | None, lives: bool | None, limit_s: float = SILENT_S
) -> bool:
    """Whether nobody works on a running step any more.

    `is_held`: whether the launcher has a process of its run. `lives`: whether the process
    that the step names is there, None when it is another machine's. Numbers of processes
    are used again, so a living one proves nothing.
    """
    if is_held:
        return False
    if lives is False:
        return step.silent_s > DEAD_S
    return step.silent_s > limit_s
