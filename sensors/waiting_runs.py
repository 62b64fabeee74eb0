"""Sends runs to their workers again that the broker may have lost."""

import time

import dagster as dg

from cliply.errors import Unavailable
from resources.queues.launcher import QueueRunLauncher

EVERY_S = 15
SENT_ANEW_AFTER_S = 15
"""A run that no worker has begun by then waits for a place, or its message is lost."""


@dg.sensor(
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends runs again that no worker has begun; workers drop what comes twice.",
)
def waiting_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Nothing is lost with the broker: who waits for a run to begin asks for it again."""
    launcher = context.instance.run_launcher
    if not isinstance(launcher, QueueRunLauncher):
        return dg.SkipReason("Runs start beside the service.")
    waiting = context.instance.get_run_records(
        filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING])
    )
    late = time.time() - SENT_ANEW_AFTER_S
    try:
        sent = [
            record.dagster_run.run_id
            for record in waiting
            if record.update_timestamp.timestamp() < late
            and launcher.send_again(record.dagster_run)
        ]
    except Unavailable as error:
        return dg.SkipReason(error.message)
    return dg.SkipReason(f"{len(sent)} sent again." if sent else "All have begun.")
