"""The instance's runs, as the library asks for them."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

import dagster as dg
from dagster import DagsterRunStatus as Status

from clip_assets.partitions import jobs
from clip_assets.steps import REQUEST_TAG
from cliply.domain.ids import JobRef
from cliply.services.runs import Run, RunState

PARTITION_TAG = "dagster/partition"
REASON_TAG = "dagster/failure_reason"
SERVER_TAG = ".dagster/grpc_info"
"""Set by the launcher: the code server whose child the run's process is."""
ANSWER_S = 5
"""How long a code server has to tell whether it holds a run."""

STATES = {
    Status.QUEUED: RunState.waiting,
    Status.NOT_STARTED: RunState.waiting,
    Status.SUCCESS: RunState.succeeded,
    Status.FAILURE: RunState.failed,
    Status.CANCELED: RunState.cancelled,
}
"""All others are at work."""

HELD = (Status.STARTING, Status.STARTED)


@runtime_checkable
class HoldsRuns(Protocol):
    """A launcher that knows which runs have a process, such as that of the queues."""

    def is_held(self, run_id: str) -> bool: ...


class DagsterRuns:
    """`Runs` over an instance."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance

    def look_up(self, run_ids: Collection[str]) -> Mapping[str, Run]:
        if not run_ids:
            return {}
        found = self._instance.get_run_records(filters=dg.RunsFilter(run_ids=list(run_ids)))
        return {record.dagster_run.run_id: _as_run(record) for record in found}

    def is_held(self, run_id: str) -> bool | None:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.status not in HELD:
            return None
        launcher = self._instance.run_launcher
        if isinstance(launcher, HoldsRuns):
            return launcher.is_held(run_id)
        return _is_held(run)

    def of_requests(self, request_ids: Collection[UUID]) -> Mapping[UUID, str]:
        if not request_ids:
            return {}
        wanted = dg.RunsFilter(tags={REQUEST_TAG: [str(one) for one in request_ids]})
        newest_last = reversed(self._instance.get_runs(filters=wanted))
        return {UUID(run.tags[REQUEST_TAG]): run.run_id for run in newest_last}

    def of_job(self, ref: JobRef) -> list[Run]:
        of_key = dg.RunsFilter(tags={PARTITION_TAG: str(ref)})
        return [_as_run(record) for record in self._instance.get_run_records(filters=of_key)]

    def stop(self, run_id: str) -> None:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or run.status is Status.CANCELING:
            return
        if run.status is Status.NOT_STARTED:
            self._instance.report_run_canceled(run, "Stopped before it was queued.")
        elif self._instance.run_coordinator:
            self._instance.run_coordinator.cancel_run(run_id)

    def declare_lost(self, run_id: str, why: str) -> None:
        run = self._instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            self._instance.report_run_failed(run, why)

    def forget(self, run_id: str) -> None:
        self._instance.delete_run(run_id)

    def partitions(self) -> set[str]:
        return set(self._instance.get_dynamic_partitions(str(jobs.name)))

    def add_partition(self, ref: JobRef) -> None:
        self._instance.add_dynamic_partitions(str(jobs.name), [str(ref)])

    def remove_partition(self, key: str) -> None:
        self._instance.delete_dynamic_partition(str(jobs.name), key)


def _as_run(record: dg.RunRecord) -> Run:
    run = record.dagster_run
    started = record.start_time
    since = datetime.fromtimestamp(started, UTC) if started else record.update_timestamp
    return Run(
        run_id=run.run_id,
        state=STATES.get(run.status, RunState.working),
        since=since.astimezone(UTC),
        has_crashed=run.status is Status.FAILURE and run.tags.get(REASON_TAG) != "STEP_FAILURE",
    )


def _is_held(run: dg.DagsterRun) -> bool | None:
    """Ask the code server that started the run; None when it does not answer, or none did."""
    place = run.tags.get(SERVER_TAG)
    if place is None:
        return None
    from dagster._core.errors import DagsterUserCodeUnreachableError
    from dagster._grpc.client import DagsterGrpcClient
    from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
    from dagster._serdes import deserialize_value

    server = json.loads(place)
    client = DagsterGrpcClient(
        host=server.get("host"),
        port=server.get("port"),
        socket=server.get("socket"),
        use_ssl=bool(server.get("use_ssl", False)),
    )
    try:
        told = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id), ANSWER_S)
    except DagsterUserCodeUnreachableError:
        return None
    return bool(deserialize_value(told, CanCancelExecutionResult).can_cancel)
