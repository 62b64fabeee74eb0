"""Steps of a run, sent to the queues that their tags name."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.events import DagsterEvent
from dagster._core.execution.plan.objects import StepFailureData
from dagster._core.execution.plan.state import KnownExecutionState
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.step_delegating import (
    CheckStepHealthResult,
    StepDelegatingExecutor,
    StepHandler,
    StepHandlerContext,
)
from dagster_shared.error import SerializableErrorInfo
from dagster_shared.serdes import serialize_value
from sqlalchemy import Engine

from cliply.db.work_locks import list_held
from cliply.domain.ids import JobRef
from cliply.domain.queues import Queue
from cliply.errors import Unavailable
from cliply.services.giving_up import give_up
from resources.queues.broker import STEP_TASK, Broker
from resources.queues.history import MOST_STARTS, StepHistory
from resources.queues.holding import step_name

QUEUE_TAG = "dagster-celery/queue"
PRIORITY_TAG = "dagster/priority"
PARTITION_TAG = "dagster/partition"

LOOK_AT_EVENTS_EVERY_S = 0.25
"""A look costs 6 to 15 ms; a chain of six steps waits for half of this six times."""
LOOK_AT_STEPS_EVERY_S = 5
FIRST_PATIENCE_S = 15.0
"""For work that nobody holds: its worker has died, the broker has lost it, or it waits."""
LONGEST_PATIENCE_S = 300.0


@dataclass
class Waiting:
    """A step that nobody holds."""

    since: float
    patience_s: float = FIRST_PATIENCE_S

    def is_due(self, moment: float) -> bool:
        return moment - self.since >= self.patience_s

    def again(self, moment: float) -> None:
        self.since = moment
        self.patience_s = min(2 * self.patience_s, LONGEST_PATIENCE_S)


class QueuedSteps(StepHandler):
    """Sends steps, and sends them again as long as nobody has them.

    Sending twice does no harm: a worker drops what another one holds and what is over.
    """

    def __init__(self, broker: Broker, engine: Callable[[], Engine]) -> None:
        super().__init__()
        self._broker = broker
        self._engine = engine
        self._waiting: dict[str, Waiting] = {}

    @property
    def name(self) -> str:
        return "queues"

    def launch_step(self, context: StepHandlerContext) -> Iterator[DagsterEvent]:
        step_key, queue = _step_of(context)
        self._waiting[step_key] = Waiting(time.monotonic())
        told = f'Step "{step_key}" is sent to the queue {queue}.'
        if not self._send(context, step_key, queue):
            told = f'The broker does not answer; step "{step_key}" is sent when it does.'
        context.instance.report_engine_event(told, context.dagster_run, step_key=step_key)
        yield from ()

    def check_step_health(self, context: StepHandlerContext) -> CheckStepHealthResult:
        """Every few seconds, for each step that has not ended."""
        step_key, queue = _step_of(context)
        name, moment = step_name(context.dagster_run.run_id, step_key), time.monotonic()
        if list_held(self._engine(), [name]):
            self._waiting.pop(step_key, None)
            return CheckStepHealthResult.healthy()
        waiting = self._waiting.setdefault(step_key, Waiting(moment))
        if not waiting.is_due(moment):
            return CheckStepHealthResult.healthy()
        history = StepHistory(context.instance, context.dagster_run.run_id, step_key)
        if history.is_over(attempt_of(context.execute_step_args.known_state, step_key)):
            return CheckStepHealthResult.healthy()  # seen with the next look at the events
        if history.starts >= MOST_STARTS:
            self._give_up(context, step_key)
            return CheckStepHealthResult.healthy()
        self._send(context, step_key, queue)
        waiting.again(moment)
        return CheckStepHealthResult.healthy()

    def terminate_step(self, context: StepHandlerContext) -> Iterator[DagsterEvent]:
        """Whoever carries it out sees that the run is not wanted any more."""
        yield from ()

    def _give_up(self, context: StepHandlerContext, step_key: str) -> None:
        """Fail the step for good, with a failure that no policy tries again."""
        run = context.dagster_run
        give_up(self._engine(), _ref(run), run.run_id)
        why = f"Its process ended {MOST_STARTS} times."
        DagsterEvent.step_failure_event(
            context.get_step_context(step_key),
            StepFailureData(  # type: ignore[no-untyped-call]
                SerializableErrorInfo(why, [], None), user_failure_data=None
            ),
        )

    def _send(self, context: StepHandlerContext, step_key: str, queue: str) -> bool:
        known = context.execute_step_args.known_state or KnownExecutionState()
        work: dict[str, Any] = {
            "run_id": context.dagster_run.run_id,
            "step_key": step_key,
            "queue": queue,
            "known": serialize_value(known),
        }
        priority = priority_of(context.dagster_run)
        try:
            self._broker.send(STEP_TASK, work, queue, priority=priority)
        except Unavailable:
            return False
        return True


def queue_executor(broker: Broker, engine: Callable[[], Engine]) -> dg.ExecutorDefinition:
    """Runs watch over their steps, which workers carry out."""

    @dg.executor(name="queues", requirements=dg.multiple_process_executor_requirements())
    def queues(_init: dg.InitExecutorContext) -> StepDelegatingExecutor:
        return StepDelegatingExecutor(
            QueuedSteps(broker, engine),
            retries=RetryMode.ENABLED,
            sleep_seconds=LOOK_AT_EVENTS_EVERY_S,
            check_step_health_interval_seconds=LOOK_AT_STEPS_EVERY_S,
        )

    return queues


def attempt_of(state: KnownExecutionState | None, step_key: str) -> int:
    """How often the step was tried before, as whoever sent it knew."""
    return state.get_retry_state().get_attempt_count(step_key) if state else 0


def priority_of(run: dg.DagsterRun) -> int:
    """Of the run's job; higher goes first."""
    return int(run.tags.get(PRIORITY_TAG, "0"))


def _step_of(context: StepHandlerContext) -> tuple[str, str]:
    (step_key,) = context.execute_step_args.step_keys_to_execute or ()
    return step_key, context.step_tags[step_key].get(QUEUE_TAG, Queue.cpu.value)


def _ref(run: dg.DagsterRun) -> JobRef:
    return JobRef.parse(run.tags[PARTITION_TAG])
