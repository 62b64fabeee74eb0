"""Ends and deletes the runs of jobs that were deleted."""

from cliply.db import job_leftovers
from cliply.services.runs import Runs, clear_runs
from resources.database import Database


def clear_removed(database: Database, runs: Runs) -> None:
    """Stop what still runs; when all of it has ended, delete the runs and the partition.

    Files go after that, in the upkeep: nothing writes any more by then.
    """
    with database.every_workspace() as session:
        removals = job_leftovers.list_with_runs(session)
    for removal in removals:
        if clear_runs(runs, removal.ref, removal.run_ids):
            with database.every_workspace() as session:
                job_leftovers.mark_runs_gone(session, removal.job_id)
