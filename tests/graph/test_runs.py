"""The instance's runs and the runs of tests answer alike."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import dagster as dg
import pytest

from clip_assets.steps import REQUEST_TAG
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.services.runs import Runs, RunState, clear_runs
from sensors.runs import PARTITION_TAG, DagsterRuns
from tests.services.fake_runs import FakeRuns

Start = Callable[[JobRef, UUID], str]
REF = JobRef(WorkspaceId(uuid4()), JobId(uuid4()))


@dg.job
def nothing() -> None: ...


@pytest.fixture(params=["graph", "fake"])
def made(request: pytest.FixtureRequest) -> Iterator[tuple[Runs, Start]]:
    """Runs, and how one of them gets to work."""
    if request.param == "fake":
        fake = FakeRuns()
        yield fake, fake.start
        return
    with dg.DagsterInstance.ephemeral() as instance:

        def start(ref: JobRef, request_id: UUID) -> str:
            tags = {PARTITION_TAG: str(ref), REQUEST_TAG: str(request_id)}
            instance.add_dynamic_partitions("jobs", [str(ref)])
            run = instance.create_run_for_job(
                nothing, tags=tags, status=dg.DagsterRunStatus.STARTED
            )
            return run.run_id

        yield DagsterRuns(instance), start


def test_a_run_is_found_by_its_id_its_request_and_its_job(made) -> None:
    runs, start = made
    request_id = uuid4()
    run_id = start(REF, request_id)

    assert runs.look_up([run_id, str(uuid4())]).keys() == {run_id}
    assert runs.of_requests([request_id, uuid4()]) == {request_id: run_id}
    assert [run.run_id for run in runs.of_job(REF)] == [run_id]
    assert runs.look_up([run_id])[run_id].state is RunState.working
    assert runs.is_held(run_id) is None
    assert runs.look_up([]) == runs.of_requests([]) == {}


def test_a_run_without_a_process_is_declared_lost_once(made) -> None:
    runs, start = made
    run_id = start(REF, uuid4())

    for _ in range(2):
        runs.declare_lost(run_id, "It is gone.")

    run = runs.look_up([run_id])[run_id]
    assert (run.state, run.has_ended, run.has_crashed) == (RunState.failed, True, True)


def test_the_newest_run_of_a_request_counts(made) -> None:
    runs, start = made
    request_id = uuid4()
    start(REF, request_id)

    newest = start(REF, request_id)

    assert runs.of_requests([request_id]) == {request_id: newest}


def test_ended_runs_of_a_job_are_deleted_with_its_partition(made) -> None:
    runs, start = made
    other = JobRef(REF.workspace_id, JobId(uuid4()))
    for ref in (REF, other):
        runs.declare_lost(start(ref, uuid4()), "It is gone.")

    assert clear_runs(runs, REF, ())

    assert runs.of_job(REF) == []
    assert runs.partitions() == {str(other)}
    assert clear_runs(runs, REF, ())
