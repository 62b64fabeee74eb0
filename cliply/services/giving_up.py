"""Ends what a run is at because its processes die of it."""

from sqlalchemy import Engine

from cliply.db import steps as step_rows
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef
from cliply.services import steps
from cliply.services.run_ends import GAVE_UP


def give_up(engine: Engine, ref: JobRef, run_id: str) -> None:
    """Mark the steps that the run is at as failed; doing it again changes nothing."""
    with workspace_session(engine, ref.workspace_id) as session:
        for row in step_rows.list_running(session, run_id):
            steps.fail_step(session, ref, row.name, GAVE_UP)
