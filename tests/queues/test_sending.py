"""When a step is sent, sent again, left alone and given up, on a real instance and database."""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType, EngineEventData
from dagster._core.execution.plan.objects import StepRetryData
from dagster_shared.error import SerializableErrorInfo

from resources.queues.executor import FIRST_PATIENCE_S, LONGEST_PATIENCE_S, Waiting
from resources.queues.history import StepHistory

Kind = DagsterEventType
DATA = {
    Kind.STEP_WORKER_STARTED: EngineEventData(),
    Kind.STEP_UP_FOR_RETRY: StepRetryData(SerializableErrorInfo("down", [], None)),
}


def test_patience_doubles_and_has_an_end() -> None:
    waiting, moment, sent = Waiting(0.0), 0.0, []
    while moment < 3600:
        moment += 5
        if waiting.is_due(moment):
            waiting.again(moment)
            sent.append(moment)
    assert sent[:4] == [15.0, 45.0, 105.0, 225.0]
    assert sent[0] == FIRST_PATIENCE_S
    assert sent[-1] - sent[-2] == LONGEST_PATIENCE_S
    assert len(sent) == 15


@dataclass
class Story:
    """Events of a run, written as Dagster writes them."""

    instance: dg.DagsterInstance
    run: dg.DagsterRun

    def tell(self, *kinds: Kind, step: str = "scan") -> "Story":
        for kind in kinds:
            event = DagsterEvent(
                kind.value,
                "clip_source",
                step_key=step,
                message="told",
                event_specific_data=DATA.get(kind),
            )
            self.instance.report_dagster_event(event, self.run.run_id)
        return self

    def read(self, step: str = "scan") -> StepHistory:
        return StepHistory(self.instance, self.run.run_id, step)


@pytest.fixture
def story() -> Iterator[Story]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Story(instance, instance.create_run_for_job(_job()))


def _job() -> dg.JobDefinition:
    @dg.op
    def scan() -> None: ...

    @dg.job
    def clip_source() -> None:
        scan()

    return clip_source


def test_a_step_that_nobody_has_begun_is_due(story: Story) -> None:
    assert not story.read().is_over(0)
    assert story.read().starts == 0


def test_a_step_that_ended_is_not_carried_out_by_a_late_message(story: Story) -> None:
    assert story.tell(Kind.STEP_WORKER_STARTED, Kind.STEP_SKIPPED).read().is_over(0)


def test_the_ends_of_other_steps_are_not_its_own(story: Story) -> None:
    story.tell(Kind.STEP_WORKER_STARTED, Kind.STEP_SKIPPED, step="mood")
    assert not story.read().is_over(0)


def test_starts_are_counted_for_each_step_alone(story: Story) -> None:
    story.tell(*[Kind.STEP_WORKER_STARTED] * 3).tell(Kind.STEP_WORKER_STARTED, step="mood")
    assert story.read().starts == 3


def test_each_attempt_is_over_and_counted_by_itself(story: Story) -> None:
    story.tell(*[Kind.STEP_WORKER_STARTED] * 3, Kind.STEP_UP_FOR_RETRY, Kind.STEP_WORKER_STARTED)
    assert story.read().is_over(0)
    assert not story.read().is_over(1)
    assert story.read().starts == 1
