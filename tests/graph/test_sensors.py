"""Sensors compare the database with the instance."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import dagster as dg
import pytest
from sqlalchemy import Engine, event, func, update

from clip_assets.partitions import jobs
from clip_assets.steps import REUSE_TAG
from cliply.db import jobs as job_rows
from cliply.db import run_requests as request_rows
from cliply.db import steps as step_rows
from cliply.db.models import RunRequest, Workspace
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import JobRef
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobStatus, StepStatus
from cliply.errors import CliplyError, ErrorCode
from cliply.services import lifecycle, phases, steps
from resources.database import Database
from resources.job_limits import JobLimits
from sensors.run_requests import ON_ITS_WAY, run_requests
from tests.rows import new_job

GONE = CliplyError(ErrorCode.internal, "The run was ended.")


@pytest.fixture
def doors(database: DatabaseUrls, system_engine: Engine):
    """The sensor's database; requests of other tests are out of the way."""
    with system_session(system_engine) as session:
        session.execute(update(RunRequest).values(drained_at=func.now(), closed_at=func.now()))
    opened = Database(lambda: database)
    yield opened
    opened.close()


def tick(instance: dg.DagsterInstance, doors: Database, *, limit: int = 4) -> dg.SensorResult:
    resources = {"database": doors, "job_limits": JobLimits(concurrent_jobs=limit)}
    with dg.build_sensor_context(instance=instance, resources=resources) as context:
        result = run_requests(context)
    return result if isinstance(result, dg.SensorResult) else dg.SensorResult(run_requests=[])


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
        request_rows.close_request(session, first)
        request_rows.add_run_request(
            session, ref, ["clip/c03"], priority=10, reason=request_rows.RERENDERED
        )

    with dg.DagsterInstance.ephemeral() as instance:
        result = tick(instance, doors)

    (request,) = result.run_requests or []
    assert REUSE_TAG not in request.tags
    assert request.asset_selection == [dg.AssetKey(["clip", "c03"])]


def test_a_request_on_its_way_is_taken_again_when_its_tick_died(engine, workspace, doors) -> None:
    new_job(engine, workspace)

    with dg.DagsterInstance.ephemeral() as instance:
        first = tick(instance, doors)
        assert tick(instance, doors).run_requests == []  # it may still come
        let_time_pass(doors)
        second = tick(instance, doors)

    assert [r.run_key for r in first.run_requests] == [r.run_key for r in second.run_requests]


def let_time_pass(doors: Database) -> None:
    """As much as a tick has to start its runs."""
    with doors.every_workspace() as session:
        earlier = RunRequest.drained_at - ON_ITS_WAY * 2
        session.execute(update(RunRequest).values(drained_at=earlier))


def test_nothing_is_lost_or_doubled_wherever_a_tick_dies(engine, workspace, doors) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for ref, at in ((new_job(engine, workspace), at) for at in itertools.count(1)):
            with dies_at(doors, at) as reached:
                offered = started(instance, doors)
            let_time_pass(doors)
            offered += started(instance, doors)
            keys = {run.run_key for run in offered}
            assert len(keys) == 1, f"after a death at statement {at}"
            assert [run.partition_key for run in offered] == [str(ref)] * len(offered)
            run_it(instance, offered[-1])
            assert started(instance, doors) == []
            with workspace_session(engine, workspace) as session:
                assert request_rows.list_open(session, ref.job_id) == []
            if not reached:
                break
    assert at > 5


def started(instance: dg.DagsterInstance, doors: Database) -> list[dg.RunRequest]:
    try:
        return list(tick(instance, doors).run_requests or [])
    except Died:
        return []


class Died(BaseException):
    """The process is gone in the middle of a tick."""


@contextmanager
def dies_at(doors: Database, statement: int) -> Iterator[list[str]]:
    """Fail the n-th statement that the sensor sends, and all after it."""
    counted: list[str] = []
    reached: list[str] = []

    def count(_c: object, _k: object, sql: str, *_rest: object) -> None:
        counted.append(sql)
        if len(counted) >= statement:
            reached.append(sql)
            raise Died

    for opened in (doors.engine, doors.system_engine):
        event.listen(opened, "before_cursor_execute", count)
    yield reached
    for opened in (doors.engine, doors.system_engine):
        event.remove(opened, "before_cursor_execute", count)


@dg.job
def nothing() -> None: ...


def run_it(instance: dg.DagsterInstance, request: dg.RunRequest) -> str:
    """A run of the request that has succeeded."""
    return nothing.execute_in_process(instance=instance, tags=dict(request.tags)).run_id


def test_each_workspace_gets_its_turn(engine, workspace, rival, doors) -> None:
    for _ in range(30):
        new_job(engine, workspace)
    theirs = new_job(engine, rival)

    with dg.DagsterInstance.ephemeral() as instance:
        first = tick(instance, doors)

    keys = [request.partition_key for request in first.run_requests or []]
    assert len(keys) == 5
    assert str(theirs) in keys[:2]


def test_two_sensors_at_once_start_no_more_than_is_allowed(engine, workspace, doors) -> None:
    for _ in range(12):
        new_job(engine, workspace)

    with dg.DagsterInstance.ephemeral() as instance, ThreadPoolExecutor(4) as threads:
        ticks = list(threads.map(lambda _: started(instance, doors), range(8)))

    keys = [request.run_key for one in ticks for request in one]
    assert len(keys) == len(set(keys)) == 4


def test_a_workspace_may_have_its_own_number(engine, workspace, doors) -> None:
    for _ in range(8):
        new_job(engine, workspace)
    with doors.every_workspace() as session:
        session.execute(
            update(Workspace).where(Workspace.id == workspace).values(concurrent_jobs=6)
        )

    with dg.DagsterInstance.ephemeral() as instance:
        assert len(started(instance, doors)) == 6


def test_an_end_makes_place_for_the_next(engine, workspace, doors) -> None:
    for _ in range(3):
        new_job(engine, workspace)

    with dg.DagsterInstance.ephemeral() as instance:
        (first,) = tick(instance, doors, limit=1).run_requests
        assert tick(instance, doors, limit=1).run_requests == []
        run_it(instance, first)
        (second,) = tick(instance, doors, limit=1).run_requests

    assert second.run_key != first.run_key


def test_requests_of_paused_and_cancelled_jobs_do_not_start(engine, workspace, doors) -> None:
    paused, cancelled = new_job(engine, workspace), new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        lifecycle.pause_job(session, paused.job_id)
        lifecycle.cancel_job(session, cancelled.job_id)

    with dg.DagsterInstance.ephemeral() as instance:
        assert started(instance, doors) == []

    with workspace_session(engine, workspace) as session:
        assert len(request_rows.list_open(session, paused.job_id)) == 1
        assert request_rows.list_open(session, cancelled.job_id) == []


def test_what_overlaps_with_a_run_of_the_job_waits_for_its_end(engine, workspace, doors) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        (everything,) = request_rows.list_open(session, ref.job_id)
        everything.assets, everything.priority = ["transcript", "clip/c01"], 9
        for priority, assets in ((8, ["clip/c01"]), (7, ["clip/c02"]), (6, [])):
            request_rows.add_run_request(session, ref, assets, priority=priority, reason="edited")

    with dg.DagsterInstance.ephemeral() as instance:
        first = started(instance, doors)
        assert [asked(one) for one in first] == [["transcript", "clip/c01"], ["clip/c02"]]
        run_it(instance, first[0])
        (second,) = started(instance, doors)
        assert asked(second) == ["clip/c01"]
        for one in (first[1], second):
            run_it(instance, one)
        (last,) = started(instance, doors)
        assert asked(last) == []


def asked(request: dg.RunRequest) -> list[str]:
    return [key.to_user_string() for key in request.asset_selection or ()]


def test_a_run_that_goes_on_from_another_is_shown_as_its_re_execution(
    engine, workspace, doors
) -> None:
    ref = new_job(engine, workspace)

    with dg.DagsterInstance.ephemeral() as instance:
        (first,) = started(instance, doors)
        parent = run_it(instance, first)
        started(instance, doors)
        with workspace_session(engine, workspace) as session:
            request_rows.add_run_request(
                session,
                ref,
                ["mood"],
                priority=0,
                reason="retried",
                parent_run_id=parent,
                trace_id="a" * 32,
            )
        (second,) = started(instance, doors)

    assert second.tags["dagster/parent_run_id"] == second.tags["dagster/root_run_id"] == parent
    assert second.tags["cliply/traceparent"].startswith(f"00-{'a' * 32}-")


def test_a_request_whose_run_has_ended_is_closed(engine, workspace, doors) -> None:
    ref = new_job(engine, workspace)

    with dg.DagsterInstance.ephemeral() as instance:
        (request,) = tick(instance, doors).run_requests
        run_id = run_it(instance, request)
        assert tick(instance, doors).run_requests == []

    with workspace_session(engine, ref.workspace_id) as session:
        (row,) = request_rows.list_requests(session, ref.job_id)
    assert row.run_id == run_id
    assert row.closed_at is not None


def running_step(engine: Engine, ref: JobRef, run_id: str) -> None:
    phases.advance(engine, ref, JobMove.ingest)
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
