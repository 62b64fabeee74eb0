"""Turns rows of `run_requests` into runs."""

from collections.abc import Sequence

import dagster as dg

from clip_assets.job import CLIP_JOB
from clip_assets.partitions import jobs
from clip_assets.steps import REUSE_TAG
from cliply.db import run_requests as request_rows
from cliply.db.models import RunRequest
from cliply.db.run_requests import RERENDERED
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from resources.database import Database

BATCH = 50
REQUEST_TAG = "cliply/run_request"


@dg.sensor(
    job=CLIP_JOB,
    minimum_interval_seconds=2,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a run for each request that the API or the command wrote.",
)
def run_requests(
    context: dg.SensorEvaluationContext, database: dg.ResourceParam[Database]
) -> dg.SensorResult:
    """One run for each pending row.

    A row stays pending until its run is seen in the instance, and its id is the run key:
    a tick that dies at any point neither loses nor doubles a run.
    """
    with database.every_workspace() as session:
        pending = request_rows.list_pending(session, limit=BATCH)
        started = _runs_of(context.instance, pending)
        for row in pending:
            if str(row.id) in started:
                request_rows.mark_drained(session, row, run_id=started[str(row.id)])
    waiting = [row for row in pending if str(row.id) not in started]
    keys = sorted({str(_ref(row)) for row in waiting})
    return dg.SensorResult(
        run_requests=[_as_request(row) for row in waiting],
        dynamic_partitions_requests=[jobs.build_add_request(keys)] if keys else [],
    )


def _runs_of(instance: dg.DagsterInstance, rows: Sequence[RunRequest]) -> dict[str, str]:
    """Run ids by request id, for the requests that already have a run."""
    if not rows:
        return {}
    wanted = dg.RunsFilter(tags={REQUEST_TAG: [str(row.id) for row in rows]})
    return {run.tags[REQUEST_TAG]: run.run_id for run in instance.get_runs(filters=wanted)}


def _as_request(row: RunRequest) -> dg.RunRequest:
    """With earlier results where they are as good; a person who renders again wants new ones."""
    reuse = {} if row.reason == RERENDERED else {REUSE_TAG: "true"}
    return dg.RunRequest(
        run_key=str(row.id),
        partition_key=str(_ref(row)),
        asset_selection=[dg.AssetKey(name.split("/")) for name in row.assets] or None,
        tags={
            REQUEST_TAG: str(row.id),
            "workspace_id": row.workspace_id.hex,
            "dagster/priority": str(row.priority),
            **reuse,
        },
    )


def _ref(row: RunRequest) -> JobRef:
    return JobRef(WorkspaceId(row.workspace_id), JobId(row.job_id))
