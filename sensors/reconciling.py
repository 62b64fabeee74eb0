"""Looks twice a minute for what died without anybody telling."""

import dagster as dg

from cliply.upkeep.reconciler import Reconciler
from resources.database import Database
from sensors.runs import DagsterRuns

EVERY_S = 15


@dg.sensor(
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Finds jobs, requests, steps and runs that do not agree, and mends them.",
)
def reconciler(
    context: dg.SensorEvaluationContext, database: dg.ResourceParam[Database]
) -> dg.SkipReason:
    """It starts no run itself: what is left of a job becomes a request like any other."""
    runs = DagsterRuns(context.instance)
    found = Reconciler(database.engine, database.system_engine, runs).reconcile()
    for one in found:
        context.log.info(f"{one.damage} {one.ref} {one.what}: {one.done}")
    return dg.SkipReason(f"{len(found)} found." if found else "All agrees.")
