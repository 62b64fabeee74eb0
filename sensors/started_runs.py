"""Sees runs that were started to their end, and stops those that nobody wants any more."""

from collections.abc import Sequence

from cliply.db import run_requests as request_rows
from cliply.db.models import RunRequest
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.services.run_ends import end_run
from cliply.services.runs import Runs
from resources.database import Database


def watch_started(database: Database, runs: Runs) -> None:
    """Note new runs, close requests whose runs have ended, stop runs of cancelled jobs.

    It goes by what is there and keeps no place in a stream of events, so an end that was
    missed is seen by the next tick.
    """
    with database.every_workspace() as session:
        at_work = request_rows.list_at_work(session)
        _note_runs(at_work, runs)
        unwanted = request_rows.list_cancelled_runs(session)
    known = runs.look_up([row.run_id for row in at_work if row.run_id is not None])
    for row in at_work:
        run = known.get(row.run_id or "")
        if run is None:
            continue
        if run.has_ended:
            end_run(database.engine, _ref(row), run)
        elif run.run_id in unwanted:
            runs.stop(run.run_id)


def _note_runs(at_work: Sequence[RunRequest], runs: Runs) -> None:
    found = runs.of_requests([row.id for row in at_work if row.run_id is None])
    for row in at_work:
        if row.id in found:
            row.run_id = found[row.id]


def _ref(row: RunRequest) -> JobRef:
    return JobRef(WorkspaceId(row.workspace_id), JobId(row.job_id))
