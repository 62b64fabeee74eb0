"""Running steps show that they live, notice that nobody wants them, and do not write too late."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from cliply.db.jobs import hold_history, list_events
from cliply.db.models import JobStep
from cliply.db.session import create_app_engine, workspace_session
from cliply.db.steps import beat, get_step
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import StepStatus
from cliply.errors import Cancelled, NotFound
from cliply.services import lifecycle, step_watch, steps
from cliply.services.step_watch import POLL_S, abandoned_on_stop
from tests.rows import new_job

SOON_S = 3 * POLL_S


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId) -> JobRef:
    return new_job(engine, workspace)


def stored(engine: Engine, ref: JobRef, name: str = "scan") -> JobStep:
    with workspace_session(engine, ref.workspace_id) as session:
        return get_step(session, ref.job_id, name)


def heartbeat_after(engine: Engine, ref: JobRef, moment: datetime, name: str = "scan") -> datetime:
    """The next one, or the last after some seconds without."""
    until = time.monotonic() + SOON_S
    while True:
        seen = stored(engine, ref, name).heartbeat_at
        assert seen is not None
        if seen > moment or time.monotonic() > until:
            return seen
        time.sleep(0.05)


def watchers() -> int:
    return sum(thread.name == "step watch" for thread in threading.enumerate())


def test_a_running_step_is_seen_alive_and_by_whom(engine: Engine, ref: JobRef) -> None:
    with steps.step(engine, ref, "scan", "run-1"):
        row = stored(engine, ref)
        assert row.worker == steps.worker_name()
        assert row.heartbeat_at is not None
        assert heartbeat_after(engine, ref, row.heartbeat_at) > row.heartbeat_at


def test_all_steps_of_a_process_are_watched_by_one_thread_that_ends_with_them(
    engine: Engine, ref: JobRef, rival: WorkspaceId
) -> None:
    theirs = new_job(engine, rival)
    with (
        steps.step(engine, ref, "scan", "run-1"),
        steps.step(engine, ref, "listening", "run-1"),
        steps.step(engine, theirs, "scan", "run-2"),
    ):
        assert watchers() == 1
        for job, name in ((ref, "scan"), (ref, "listening"), (theirs, "scan")):
            began = stored(engine, job, name).heartbeat_at
            assert began is not None
            assert heartbeat_after(engine, job, began, name) > began
    assert watchers() == 0


def test_a_step_that_is_collected_as_garbage_waits_for_nothing(engine: Engine, ref: JobRef) -> None:
    def body() -> Iterator[None]:
        with steps.step(engine, ref, "scan", "run-1"):
            yield

    forgotten = body()
    next(forgotten)
    with workspace_session(engine, ref.workspace_id) as session, step_watch._LOCK:
        hold_history(session, ref.job_id)
        forgotten.close()

    assert stored(engine, ref).status is StepStatus.running
    until = time.monotonic() + SOON_S
    while watchers():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_step_of_a_cancelled_job_is_told_to_stop(engine: Engine, ref: JobRef) -> None:
    def cancel(running: steps.RunningStep) -> None:
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.cancel_job(session, ref.job_id)
        assert running.stop.wait(SOON_S)
        running.report(0.5)

    with (
        pytest.raises(Cancelled, match="was cancelled"),
        steps.step(engine, ref, "scan", "run-1") as running,
    ):
        cancel(running)
    assert stored(engine, ref).status is StepStatus.cancelled


def test_a_step_that_was_started_by_hand_for_a_cancelled_job_goes_on(
    engine: Engine, ref: JobRef
) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        lifecycle.cancel_job(session, ref.job_id)
    with steps.step(engine, ref, "scan", "by hand") as running:
        assert not running.stop.wait(1.5 * POLL_S)
    assert stored(engine, ref).status is StepStatus.completed


def test_an_attempt_that_another_run_took_over_stops_and_writes_nothing(
    engine: Engine, ref: JobRef
) -> None:
    def take_over(running: steps.RunningStep) -> None:
        with workspace_session(engine, ref.workspace_id) as session:
            steps.start_step(session, ref, "scan", "run-2")
            steps.report_progress(session, ref, "scan", 0.9, attempt=1)
        assert running.stop.wait(SOON_S)
        running.stop.clear()
        running.output({"late": True})

    with (
        pytest.raises(Cancelled, match="taken over"),
        steps.step(engine, ref, "scan", "run-1") as running,
    ):
        take_over(running)
    row = stored(engine, ref)
    assert (row.status, row.run_id, row.attempts) == (StepStatus.running, "run-2", 2)
    assert (row.progress, row.output) == (0.0, None)
    with workspace_session(engine, ref.workspace_id) as session:
        kinds = [event.kind.value for event in list_events(session, ref.job_id)]
    assert kinds == ["created", "step_started", "step_started"]


def test_an_attempt_that_fails_too_late_leaves_the_newer_one_alone(
    engine: Engine, ref: JobRef
) -> None:
    def take_over() -> None:
        with workspace_session(engine, ref.workspace_id) as session:
            steps.start_step(session, ref, "scan", "run-2")
        raise KeyError

    with pytest.raises(KeyError), steps.step(engine, ref, "scan", "run-1"):
        take_over()
    assert stored(engine, ref).status is StepStatus.running


def test_a_step_that_was_given_up_does_not_become_completed(engine: Engine, ref: JobRef) -> None:
    def give_up() -> None:
        with workspace_session(engine, ref.workspace_id) as session:
            steps.fail_step(session, ref, "scan", NotFound("Nobody heard of its worker."))

    with pytest.raises(Cancelled), steps.step(engine, ref, "scan", "run-1"):
        give_up()
    assert stored(engine, ref).status is StepStatus.failed


def test_heartbeats_wait_for_nobody_and_are_those_of_one_attempt(
    engine: Engine, ref: JobRef
) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        row = steps.start_step(session, ref, "scan", "run-1")
    with workspace_session(engine, ref.workspace_id) as holder:
        get_step(holder, ref.job_id, "scan", lock=True)
        with workspace_session(engine, ref.workspace_id) as session:
            seen = beat(session, {row.id: 1, uuid4(): 1})
    assert set(seen) == {row.id}
    assert seen[row.id].status is StepStatus.running
    before = stored(engine, ref).heartbeat_at
    with workspace_session(engine, ref.workspace_id) as session:
        beat(session, {row.id: 7})
    assert stored(engine, ref).heartbeat_at == before
    with workspace_session(engine, ref.workspace_id) as session:
        beat(session, {row.id: 1})
    assert stored(engine, ref).heartbeat_at != before


def test_a_step_outlives_a_database_that_does_not_answer_for_a_while(
    engine: Engine, database: DatabaseUrls, ref: JobRef, owner_engine: Engine
) -> None:
    own = create_app_engine(database.app)
    kill = text(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cliply_app'"
    )
    try:
        with steps.step(own, ref, "scan", "run-1") as running:
            for _ in range(3):
                with owner_engine.connect() as connection:
                    connection.execute(kill)
                running.report(0.1)
            began = stored(engine, ref).heartbeat_at
            assert began is not None
            assert heartbeat_after(engine, ref, began) > began
            assert not running.stop.is_set()
    finally:
        own.dispose()
    assert stored(engine, ref).status is StepStatus.completed


def test_work_that_reports_nothing_is_left_to_itself_when_nobody_wants_it() -> None:
    stop, release = threading.Event(), threading.Event()

    def check() -> None:
        if stop.is_set():
            raise Cancelled

    assert abandoned_on_stop(lambda: 7, check) == 7
    with pytest.raises(KeyError):
        abandoned_on_stop(lambda: {}["x"], check)
    stop.set()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        abandoned_on_stop(lambda: release.wait(30), check)
    assert time.monotonic() - began < 5
    release.set()
