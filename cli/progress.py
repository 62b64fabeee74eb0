"""A bar for each stage of a job, with the time that is left."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from sqlalchemy import Engine

from cliply.domain.ids import JobRef
from cliply.domain.jobs import StepStatus
from cliply.domain.progress import OnProgress
from cliply.services.overview import StepView, list_step_views

STAGES = {
    "source_video": "Probe",
    "listening": "Listen",
    "transcript": "Transcribe",
    "mood": "Read the mood",
    "scan": "Scan the picture",
    "candidates": "Select moments",
    "ranking": "Rank moments",
    "clip": "Render clips",
    "embeddings": "Index for search",
}
"""Titles by the first part of a step's name, in order of work."""

POLL_S = 0.25


@contextmanager
def terminal() -> Iterator[Console]:
    """Standard error, also while Dagster records what steps print."""
    with os.fdopen(os.dup(2), "w", buffering=1) as stream:
        yield Console(file=stream, highlight=False)


@contextmanager
def line(screen: Console, title: str) -> Iterator[OnProgress]:
    """One bar for one piece of work."""
    with _bars(screen) as bars:
        task = bars.add_task(title, total=1.0)

        def report(fraction: float) -> None:
            bars.update(task, completed=fraction)

        yield report
        bars.update(task, completed=1.0)


@contextmanager
def following(screen: Console, engine: Engine, ref: JobRef) -> Iterator[None]:
    """Bars that follow the steps that the body starts, as the database shows them."""
    before = {step.name: step.attempts for step in list_step_views(engine, ref)}
    done = Event()
    with _bars(screen) as bars:
        thread = Thread(target=_follow, args=(bars, engine, ref, before, done), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _follow(
    bars: Progress, engine: Engine, ref: JobRef, before: Mapping[str, int], done: Event
) -> None:
    tasks: dict[str, TaskID] = {}
    ended = False
    while not ended:
        ended = done.wait(POLL_S)
        steps = list_step_views(engine, ref)
        begun = [step for step in steps if step.attempts > before.get(step.name, 0)]
        for stage, fraction in stage_fractions(begun).items():
            if stage not in tasks:
                tasks[stage] = bars.add_task(STAGES[stage], total=1.0)
            bars.update(tasks[stage], completed=fraction)


def stage_fractions(steps: list[StepView]) -> Mapping[str, float]:
    """Finished fraction of every stage that has begun; clips count as one stage."""
    by_stage: dict[str, list[float]] = {}
    for step in steps:
        stage = step.name.partition("/")[0]
        if stage in STAGES and step.status is not StepStatus.pending:
            over = step.status in (StepStatus.completed, StepStatus.skipped)
            by_stage.setdefault(stage, []).append(1.0 if over else step.progress)
    return {
        stage: sum(by_stage[stage]) / len(by_stage[stage]) for stage in STAGES if stage in by_stage
    }


def _bars(screen: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("spent"),
        TimeElapsedColumn(),
        console=screen,
    )
