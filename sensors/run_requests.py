"""Turns rows of `run_requests` into runs, and sees them to their end."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from clip_assets.job import CLIP_JOB
from clip_assets.partitions import jobs
from clip_assets.steps import REQUEST_TAG, REUSE_TAG
from cliply.db import run_requests as request_rows
from cliply.db.models import RunRequest
from cliply.db.run_requests import RERENDERED
from cliply.db.session import now
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from resources.database import Database
from resources.job_limits import JobLimits
from sensors.removed_jobs import clear_removed
from sensors.runs import DagsterRuns
from sensors.started_runs import watch_started

BATCH = 20
"""Runs that one tick starts: each takes up to 0.5 s, and the next tick waits for them."""

ON_ITS_WAY = timedelta(seconds=30)
"""After so long the tick that took a request has died, or the run would be seen."""

EVERY_S = 1


@dg.sensor(
    job=CLIP_JOB,
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a run for each request that the API or the command wrote, workspace by"
    " workspace in turn, and closes requests whose runs have ended.",
)
def run_requests(
    context: dg.SensorEvaluationContext,
    database: dg.ResourceParam[Database],
    job_limits: JobLimits,
) -> dg.SensorResult | dg.SkipReason:
    """Ends first, so that their places are free for what begins.

    A taken request counts as at work from then on, in the transaction that takes it. Its
    id is the run key, and it is taken again when no run of it is seen: a tick that dies at
    any point neither loses nor doubles a run.
    """
    runs = DagsterRuns(context.instance)
    watch_started(database, runs)
    clear_removed(database, runs)
    taken = _take(database, runs, job_limits.concurrent_jobs)
    if not taken:
        return dg.SkipReason("Nothing waits that may begin.")
    keys = sorted({str(_ref(row)) for row in taken})
    return dg.SensorResult(
        run_requests=[_as_request(row, context.instance) for row in taken],
        dynamic_partitions_requests=[jobs.build_add_request(keys)],
    )


def _take(database: Database, runs: DagsterRuns, concurrent_jobs: int) -> Sequence[RunRequest]:
    """The requests that begin now; none while another tick is at it."""
    with database.every_workspace() as session:
        if not request_rows.try_to_drain(session):
            return ()
        request_rows.close_unstarted(session)
        moment = now(session)
        unseen = [
            row
            for row in request_rows.list_at_work(session)
            if row.run_id is None and request_rows.is_overdue(row, moment, ON_ITS_WAY)
        ]
        seen = runs.of_requests([row.id for row in unseen])
        again = [row.id for row in unseen if row.id not in seen]
        return [
            *request_rows.take_again(session, again),
            *request_rows.take_startable(session, limit=BATCH, concurrent_jobs=concurrent_jobs),
        ]


def _as_request(row: RunRequest, instance: dg.DagsterInstance) -> dg.RunRequest:
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
            **_family(row, instance),
            **_trace(row),
            **reuse,
        },
    )


def _family(row: RunRequest, instance: dg.DagsterInstance) -> dict[str, str]:
    """Shows the run as a re-execution of the one that it goes on from, while that is kept."""
    parent = instance.get_run_by_id(row.parent_run_id) if row.parent_run_id else None
    if parent is None:
        return {}
    root = parent.root_run_id or parent.tags.get("dagster/root_run_id") or parent.run_id
    return {"dagster/parent_run_id": parent.run_id, "dagster/root_run_id": root}


def _trace(row: RunRequest) -> dict[str, str]:
    """W3C trace context, so that spans of the run belong to the call that asked for it."""
    if row.trace_id is None:
        return {}
    return {"cliply/traceparent": f"00-{row.trace_id}-{row.id.hex[:16]}-01"}


def _ref(row: RunRequest) -> JobRef:
    return JobRef(WorkspaceId(row.workspace_id), JobId(row.job_id))
