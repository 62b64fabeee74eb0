"""`cliply jobs`: what the jobs of this machine are doing, and doing something with one."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy.orm import Session
from typer.core import TyperGroup

from cli.installation import opened
from cliply.db.models import Job
from cliply.db.session import workspace_session
from cliply.domain.ids import LOCAL_WORKSPACE, JobId
from cliply.services import lifecycle
from cliply.services.overview import (
    JobView,
    StepView,
    find_job,
    list_job_views,
    list_step_views,
)
from cliply.storage.objects import ObjectStore


class JobsGroup(TyperGroup):
    """`cliply jobs JOB` is `cliply jobs show JOB`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


jobs = typer.Typer(
    cls=JobsGroup,
    invoke_without_command=True,
    help="Show jobs, newest first, or the steps of one JOB; or cancel, pause, resume, retry or "
    "delete one.",
)

TheJob = Annotated[str, typer.Argument(metavar="JOB", help="Its id or the beginning.")]
Step = Annotated[
    str | None, typer.Option(help="A step that has failed; without it, all that is not done.")
]


@jobs.callback()
def list_jobs(context: typer.Context) -> None:
    """Show jobs, newest first; see `show`, and what else can be done with one."""
    if context.invoked_subcommand is not None:
        return
    with opened() as installation:
        table = job_table(list_job_views(installation.engine, LOCAL_WORKSPACE))
    Console().print(table)


@jobs.command()
def show(job: TheJob) -> None:
    """Show the steps of one JOB; `cliply jobs JOB` does the same."""
    with opened() as installation:
        ref = find_job(installation.engine, LOCAL_WORKSPACE, job)
        table = step_table(list_step_views(installation.engine, ref))
    Console().print(table)


@jobs.command()
def cancel(job: TheJob) -> None:
    """Stop a job for good; what works on it ends within seconds."""
    _act(job, lambda session, job_id, _: lifecycle.cancel_job(session, job_id))


@jobs.command()
def pause(job: TheJob) -> None:
    """Let no further step of a job begin; the one that runs goes on to its end."""
    _act(job, lambda session, job_id, _: lifecycle.pause_job(session, job_id))


@jobs.command()
def resume(job: TheJob) -> None:
    """Let a paused job go on, or have the clips rendered that wait for that."""
    _act(job, lifecycle.resume_job)


@jobs.command()
def retry(job: TheJob, step: Step = None) -> None:
    """Go on with a job that failed or was cancelled; what is done is kept."""
    _act(job, partial(lifecycle.retry_job, step=step))


@jobs.command()
def delete(job: TheJob) -> None:
    """Remove a job, its clips and analysis, and its source unless another job uses it."""
    _act(job, lambda session, job_id, _: lifecycle.delete_job(session, job_id), "deleted")


def _act(
    text: str, act: Callable[[Session, JobId, ObjectStore], Job], done: str | None = None
) -> None:
    """Do it in one transaction and say what the job is now; the running service does the rest."""
    with opened() as installation:
        ref = find_job(installation.engine, LOCAL_WORKSPACE, text)
        with workspace_session(installation.engine, ref.workspace_id) as session:
            job = act(session, ref.job_id, installation.store)
            paused = ", paused" if job.paused_at else ""
            typer.echo(f"{job.id} {done or f'{job.status}{paused}'}")


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
