"""`cliply reconcile`: mend what dead processes have left, at any time."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.installation import Installation, opened
from cliply.db.session import create_app_engine
from cliply.services.reconciling import Finding
from cliply.upkeep.files import reconcile_files
from cliply.upkeep.reconciler import Reconciler

UUID_LENGTH = 36


def reconcile(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what does not agree.")
    ] = False,
) -> None:
    """Compare jobs, requests, steps, runs and files, and mend what does not agree."""
    with opened() as installation:
        findings = _findings(installation, dry_run=dry_run)
    screen = Console(highlight=False, soft_wrap=True)
    if findings:
        screen.print(_table(findings, dry_run=dry_run))
    else:
        screen.print("all agrees")


def _findings(installation: Installation, *, dry_run: bool) -> list[Finding]:
    from cli.instance import open_instance  # Dagster takes seconds to import
    from sensors.runs import DagsterRuns

    system = create_app_engine(installation.urls.system)
    with open_instance(installation.settings, installation.urls) as instance:
        runs = DagsterRuns(instance)
        round_of = Reconciler(installation.engine, system, runs, dry_run=dry_run)
        found = round_of.reconcile()
        found += reconcile_files(installation.engine, system, installation.store, dry_run=dry_run)
    system.dispose()
    return found


def _table(findings: list[Finding], *, dry_run: bool) -> Table:
    table = Table(
        "what",
        Column("job", min_width=UUID_LENGTH),
        Column("which", overflow="fold"),
        "would be mended" if dry_run else "done",
    )
    for one in findings:
        done = "yes" if dry_run else one.done or "left for the next round"
        job = "" if one.ref is None else str(one.ref.job_id)
        table.add_row(one.damage.replace("_", " "), job, one.what, done)
    return table
