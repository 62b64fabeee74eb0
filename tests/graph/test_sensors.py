"""Sensors compare the database with the instance."""

import dagster as dg
import pytest
from sqlalchemy import Engine

from clip_assets.partitions import jobs
from clip_assets.steps import REUSE_TAG
from cliply.db import jobs as job_rows
from cliply.db import run_requests as request_rows
from cliply.db import steps as step_rows
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import JobRef
from cliply.domain.jobs import JobStatus, StepStatus
from cliply.errors import CliplyError, ErrorCode
from cliply.services import phases, steps
from resources.database import Database
from sensors.run_requests import REQUEST_TAG, run_requests
from tests.rows import new_job

GONE = CliplyError(ErrorCode.internal, "The run was ended.")


@pytest.fixture
def doors(database: DatabaseUrls, system_engine: Engine):
    """The sensor's database; requests of other tests are out of the way."""
    with system_session(system_engine) as session:
        for row in request_rows.list_pending(session, limit=1000):
            request_rows.mark_drained(session, row, run_id="another test")
    opened = Database(lambda: database)
    yield opened
    opened.close()


def tick(instance: dg.DagsterInstance, doors: Database) -> dg.SensorResult:
    with dg.build_sensor_context(instance=instance, resources={"database": doors}) as context:
        result = run_requests(context)
    assert isinstance(result, dg.SensorResult)
    return result


def test_a_pending_request_becomes_one_run_of_its_job(engine, workspace, doors) -> None:
    ref = new_job(engine, workspace)

    with dg.DagsterInstance.ephemeral() as instance:
        result = tick(instance, doors)

    (request,) = result.run_requests or []
    assert request.partition_key == str(ref)
    assert request.tags["workspace_id"] == workspace.hex
    assert REUSE_TAG in request.tags
    (added,) = result.dynamic_partitions_requests or []
    assert (added.partitions_def_name, list(added.partition_keys)) == (jobs.name, [str(ref)])


def test_a_clip_that_is_to_be_rendered_again_takes_no_earlier_result(
    engine, workspace, doors
) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        (first,) = request_rows.list_pending(session, limit=10)
        request_rows.mark_drained(session, first, run_id="the first")
        request_rows.add_run_request(
            session, ref, ["clip/c03"], priority=10, reason=request_rows.RERENDERED
        )

    with dg.DagsterInstance.ephemeral() as instance:
        result = tick(instance, doors)

    (request,) = result.run_requests or []
    assert REUSE_TAG not in request.tags
    assert request.asset_selection == [dg.AssetKey(["clip", "c03"])]


def test_a_tick_that_died_is_repeated_with_the_same_run_key(engine, workspace, doors) -> None:
    new_job(engine, workspace)

    with dg.DagsterInstance.ephemeral() as instance:
        first, second = tick(instance, doors), tick(instance, doors)

    assert [r.run_key for r in first.run_requests] == [r.run_key for r in second.run_requests]


def test_a_request_whose_run_is_there_is_drained(engine, workspace, doors, system_engine) -> None:
    ref = new_job(engine, workspace)

    @dg.job
    def nothing() -> None: ...

    with dg.DagsterInstance.ephemeral() as instance:
        (request,) = tick(instance, doors).run_requests
        run = nothing.execute_in_process(
            instance=instance, tags={REQUEST_TAG: request.tags[REQUEST_TAG]}
        )
        assert tick(instance, doors).run_requests == []

    with workspace_session(engine, ref.workspace_id) as session:
        assert request_rows.list_pending(session, limit=10) == []
    assert run.run_id


def running_step(engine: Engine, ref: JobRef, run_id: str) -> None:
    phases.advance(engine, ref, JobStatus.ingesting)
    with workspace_session(engine, ref.workspace_id) as session:
        steps.start_step(session, ref, "scan", run_id)


def test_a_run_that_was_killed_closes_its_step_and_its_job(engine, workspace) -> None:
    ref = new_job(engine, workspace)
    running_step(engine, ref, "killed")

    for _ in range(2):
        phases.close_run(engine, ref, "killed", cancelled=False, otherwise=GONE)

    with workspace_session(engine, workspace) as session:
        job = job_rows.get_job(session, ref.job_id)
        assert (job.status, job.error_code) == (JobStatus.failed, "INTERNAL")
        assert step_rows.get_step(session, ref.job_id, "scan").status is StepStatus.failed


def test_a_cancelled_run_leaves_a_cancelled_job(engine, workspace) -> None:
    ref = new_job(engine, workspace)
    running_step(engine, ref, "stopped")

    phases.close_run(engine, ref, "stopped", cancelled=True, otherwise=GONE)

    with workspace_session(engine, workspace) as session:
        assert job_rows.get_job(session, ref.job_id).status is JobStatus.cancelled
        assert step_rows.get_step(session, ref.job_id, "scan").status is StepStatus.cancelled


def test_the_jobs_of_another_workspace_are_not_touched(engine, workspace, rival) -> None:
    ref, theirs = new_job(engine, workspace), new_job(engine, rival)
    running_step(engine, theirs, "shared id")

    phases.close_run(engine, ref, "shared id", cancelled=True, otherwise=GONE)

    with workspace_session(engine, rival) as session:
        assert step_rows.get_step(session, theirs.job_id, "scan").status is StepStatus.running
