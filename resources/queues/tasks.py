"""What a worker does: watch over a run, or carry out one step of it."""

import logging
import os
import socket
from collections.abc import Callable
from typing import Any

import dagster as dg
from celery import Celery  # type: ignore[import-untyped]
from dagster import DagsterRunStatus as Status
from dagster._cli.api import (
    _execute_run_command_body,
    _execute_step_command_body,
    _resume_run_command_body,
)
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.events import DagsterEvent
from dagster._core.execution.plan.state import KnownExecutionState
from dagster._core.execution.retries import RetryMode
from dagster._grpc.types import ExecuteStepArgs
from dagster_shared.serdes import deserialize_value
from sqlalchemy import Engine

from cliply.db.work_locks import WorkLock
from cliply.errors import Cancelled
from resources.queues.broker import RUN_TASK, STEP_TASK
from resources.queues.executor import attempt_of
from resources.queues.history import MOST_STARTS, StepHistory
from resources.queues.holding import held, run_name, step_name

WANTED = (Status.STARTING, Status.STARTED)
BEGUN = frozenset({Status.STARTED})

logger = logging.getLogger(__name__)


class Bench:
    """What a process of a worker works with. Work that somebody else has is left to them."""

    def __init__(self, instance: dg.DagsterInstance, engine: Engine) -> None:
        self._instance = instance
        self._engine = engine

    def load_graph(self) -> None:
        """Loading it again, as each run and step does, then takes 40 ms instead of 6 s."""
        graph = ReconstructableRepository.for_module("definitions", "defs")
        graph.get_definition().get_all_jobs()

    def carry_run(self, run_id: str) -> None:
        """Send the steps of a run to their queues, and see them to their end."""
        lock = WorkLock(self._engine, run_name(run_id))
        if not lock.try_to_take():
            return
        with held(lock, lambda: self._is_wanted(run_id)):
            run = self._instance.get_run_by_id(run_id)
            if run is None:
                return
            if run.status is Status.CANCELING:
                self._instance.report_run_canceled(run, "Stopped before a worker took it.")
            elif run.status in WANTED:
                self._watch_over(run)

    def _watch_over(self, run: dg.DagsterRun) -> None:
        """Where another worker began it, its steps went on meanwhile."""
        body = _resume_run_command_body if run.status in BEGUN else _execute_run_command_body
        logger.info("run %s is watched over", run.run_id)
        body(run.run_id, self._instance, _unheard, False)

    def carry_step(self, run_id: str, step_key: str, queue: str, known: str) -> None:
        """Carry out one attempt of a step, unless it is over or its processes die of it."""
        lock = WorkLock(self._engine, step_name(run_id, step_key))
        if not lock.try_to_take():
            return
        with held(lock, lambda: self._is_wanted(run_id)):
            run = self._instance.get_run_by_id(run_id)
            state = deserialize_value(known, KnownExecutionState)
            if run is not None and run.status in BEGUN and self._is_due(run_id, step_key, state):
                self._carry_out(run, step_key, queue, state)

    def _is_due(self, run_id: str, step_key: str, state: KnownExecutionState) -> bool:
        history = StepHistory(self._instance, run_id, step_key)
        return not history.is_over(attempt_of(state, step_key)) and history.starts < MOST_STARTS

    def _carry_out(
        self, run: dg.DagsterRun, step_key: str, queue: str, state: KnownExecutionState
    ) -> None:
        place = f"{socket.gethostname()}:{os.getpid()}"
        told = f'Step "{step_key}" is carried out by {place} from the queue {queue}.'
        logger.info("%s Run %s.", told, run.run_id)
        self._instance.report_engine_event(told, run, step_key=step_key)
        origin = run.job_code_origin
        if origin is None:
            raise Cancelled("The run does not say where its code is.")
        wanted = ExecuteStepArgs(
            job_origin=origin,
            run_id=run.run_id,
            step_keys_to_execute=[step_key],
            instance_ref=None,
            retry_mode=RetryMode.DEFERRED,
            known_state=state,
        )
        for _ in _execute_step_command_body(wanted, self._instance, run):
            pass

    def _is_wanted(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        return run is not None and run.status in (*WANTED, Status.SUCCESS)


def _unheard(_event: DagsterEvent) -> None:
    """Events are in the event log already."""


def register(app: Celery, bench: Callable[[], Bench]) -> None:
    """Have the tasks of a worker done at the bench of each of its processes."""

    @app.task(name=RUN_TASK)  # type: ignore[untyped-decorator]
    def carry_run(**work: Any) -> None:
        bench().carry_run(**work)

    @app.task(name=STEP_TASK)  # type: ignore[untyped-decorator]
    def carry_step(**work: Any) -> None:
        bench().carry_step(**work)
