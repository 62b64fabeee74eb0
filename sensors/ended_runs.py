"""Closes what a failed or cancelled run left open on its job."""

import dagster as dg

from cliply.domain.ids import JobRef
from cliply.errors import CliplyError, ErrorCode
from cliply.services import phases
from resources.database import Database

PARTITION_TAG = "dagster/partition"
STOPPED = "The run was ended before it finished; submit the job again to go on from there."


@dg.run_failure_sensor(
    name="failed_runs",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks the job of a failed run as failed, with the step's own error.",
)
def failed_runs(context: dg.RunFailureSensorContext, database: dg.ResourceParam[Database]) -> None:
    _close(context.dagster_run, database)


@dg.run_status_sensor(
    name="cancelled_runs",
    run_status=dg.DagsterRunStatus.CANCELED,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks the job of a cancelled run as cancelled.",
)
def cancelled_runs(
    context: dg.RunStatusSensorContext, database: dg.ResourceParam[Database]
) -> None:
    _close(context.dagster_run, database)


def _close(run: dg.DagsterRun, database: Database) -> None:
    key = run.tags.get(PARTITION_TAG)
    if key is None:
        return
    phases.close_run(
        database.engine,
        JobRef.parse(key),
        run.run_id,
        cancelled=run.status is dg.DagsterRunStatus.CANCELED,
        otherwise=CliplyError(ErrorCode.internal, STOPPED),
    )
