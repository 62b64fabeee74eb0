"""Closes what a run that somebody started by hand left open on its job."""

from contextlib import suppress

import dagster as dg

from clip_assets.steps import REQUEST_TAG
from cliply.domain.ids import JobRef
from cliply.errors import NotFound
from cliply.services import phases
from cliply.services.run_ends import STOPPED
from resources.database import Database
from sensors.runs import PARTITION_TAG

EVERY_S = 5


@dg.run_failure_sensor(
    name="failed_runs",
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks the job of a failed run that was started by hand as failed.",
)
def failed_runs(context: dg.RunFailureSensorContext, database: dg.ResourceParam[Database]) -> None:
    _close(context.dagster_run, database)


@dg.run_status_sensor(
    name="cancelled_runs",
    run_status=dg.DagsterRunStatus.CANCELED,
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks the job of a cancelled run that was started by hand as cancelled.",
)
def cancelled_runs(
    context: dg.RunStatusSensorContext, database: dg.ResourceParam[Database]
) -> None:
    _close(context.dagster_run, database)


def _close(run: dg.DagsterRun, database: Database) -> None:
    """Runs of a request are seen to by the sensor that started them."""
    key = run.tags.get(PARTITION_TAG)
    if key is None or REQUEST_TAG in run.tags:
        return
    with suppress(NotFound):  # a job that was deleted meanwhile
        phases.close_run(
            database.engine,
            JobRef.parse(key),
            run.run_id,
            cancelled=run.status is dg.DagsterRunStatus.CANCELED,
            otherwise=STOPPED,
        )
