"""`cliply jobs`: what the jobs of this machine are doing."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.installation import opened
from cliply.domain.ids import LOCAL_WORKSPACE
from cliply.services.overview import (
    JobView,
    StepView,
    find_job,
    list_job_views,
    list_step_views,
)


def list_jobs(
    job: Annotated[
        str | None, typer.Argument(help="Show the steps of this job: its id or the beginning.")
    ] = None,
) -> None:
    """Show jobs, newest first, or the steps of one JOB."""
    with opened() as installation:
        if job is None:
            table = job_table(list_job_views(installation.engine, LOCAL_WORKSPACE))
        else:
            ref = find_job(installation.engine, LOCAL_WORKSPACE, job)
            table = step_table(list_step_views(installation.engine, ref))
    Console().print(table)


def job_table(jobs: list[JobView]) -> Table:
    table = Table(
        Column("job", no_wrap=True),
        "source",
        Column("state", no_wrap=True),
        "clips",
        "created",
        "note",
    )
    for job in jobs:
        table.add_row(
            str(job.job_id),
            job.file_name,
            job.status.value,
            str(job.clips),
            f"{job.created_at:%m-%d %H:%M}",
            job.note,
        )
    return table


def step_table(steps: list[StepView]) -> Table:
    table = Table(
        Column("step", no_wrap=True),
        Column("state", no_wrap=True),
        "done",
        "attempts",
        "seconds",
        "note",
    )
    for step in steps:
        table.add_row(
            step.name,
            step.status.value,
            f"{step.progress:.0%}",
            str(step.attempts),
            "" if step.seconds is None else f"{step.seconds:.1f}",
            step.note,
        )
    return table
