"""Runs, sent to the workers that watch over them."""

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

import dagster as dg
from dagster._core.launcher import (
    CheckRunHealthResult,
    LaunchRunContext,
    ResumeRunContext,
    RunLauncher,
    WorkerStatus,
)
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from pydantic import SecretStr
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from cliply.db.work_locks import list_held
from cliply.domain.queues import Queue
from cliply.errors import Unavailable
from resources.queues.broker import RUN_TASK, Broker
from resources.queues.executor import priority_of
from resources.queues.holding import run_name

PATIENCE_S = 15.0
"""How long nobody may hold a run that has begun, before another worker takes it over."""


class QueueRunLauncher(RunLauncher[dg.DagsterInstance], ConfigurableClass):
    """A broker that does not answer fails no run: `send_again` is called every few seconds."""

    def __init__(
        self, broker_url: str, postgres_url: str, inst_data: ConfigurableClassData | None = None
    ) -> None:
        self._broker = Broker(SecretStr(broker_url))
        self._postgres_url = postgres_url
        self._inst_data = inst_data
        self._missing_since: dict[str, float] = {}
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        return {"broker_url": dg.StringSource, "postgres_url": dg.StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        return cls(inst_data=inst_data, **config_value)

    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        told = f"The run is sent to the queue {Queue.runs}."
        if not self._send(run):
            told = "The broker does not answer; the run is sent when it does."
        self._instance.report_engine_event(told, run)

    @property
    def supports_resume_run(self) -> bool:
        return True

    def resume_run(self, context: ResumeRunContext) -> None:
        self._missing_since.pop(context.dagster_run.run_id, None)
        self._send(context.dagster_run)

    def terminate(self, run_id: str) -> bool:
        """Workers look at the state of their run every second."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Of a run that has begun; asked by the daemon every few seconds."""
        if self.is_held(run.run_id):
            self._missing_since.pop(run.run_id, None)
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        since = self._missing_since.setdefault(run.run_id, time.monotonic())
        if time.monotonic() - since < PATIENCE_S:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "Nobody holds it for now.")
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "No worker watches over it.")

    def is_held(self, run_id: str) -> bool:
        """Whether a worker watches over the run. Raises Unavailable."""
        return bool(list_held(self._engine, [run_name(run_id)]))

    def send_again(self, run: dg.DagsterRun) -> bool:
        """For a run that was sent and that nobody has begun; whether that was needed."""
        return not self.is_held(run.run_id) and self._send(run)

    def _send(self, run: dg.DagsterRun) -> bool:
        work = {"run_id": run.run_id}
        try:
            self._broker.send(RUN_TASK, work, Queue.runs.value, priority=priority_of(run))
        except Unavailable:
            return False
        return True

    @cached_property
    def _engine(self) -> Engine:
        return create_engine(self._postgres_url, poolclass=NullPool, hide_parameters=True)
