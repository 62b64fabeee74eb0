"""Whatever a dead process has left is found and mended, once."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, text, update

from cliply.db import jobs as job_rows
from cliply.db import run_requests as request_rows
from cliply.db import steps as step_rows
from cliply.db.models import Job, JobEvent, JobStep, RunRequest
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobEventKind, JobStatus, StepStatus
from cliply.errors import CliplyError, ErrorCode
from cliply.services import lifecycle, phases, steps
from cliply.services.reconciling import SILENT_S, Damage, Finding
from cliply.services.remaining import ask_for
from cliply.services.run_ends import MOST_IN_A_ROW
from cliply.services.runs import RunState
from cliply.upkeep.reconciler import Reconciler
from tests.rows import new_job, rendered_job
from tests.services.fake_runs import FakeRuns

LONG_AGO = "interval '10 minutes'"
Reconcile = Callable[..., list[Finding]]


@pytest.fixture
def runs(system_engine: Engine) -> FakeRuns:
    """No runs; jobs of other tests are out of the way."""
    with system_session(system_engine) as session:
        session.execute(update(RunRequest).values(drained_at=func.now(), closed_at=func.now()))
        session.execute(update(Job).values(status=JobStatus.review))
        session.execute(
            update(JobStep)
            .where(JobStep.status == StepStatus.running)
            .values(status=StepStatus.cancelled)
        )
        session.execute(text("delete from job_removals"))
    return FakeRuns()


@pytest.fixture
def reconcile(engine: Engine, system_engine: Engine, runs: FakeRuns) -> Reconcile:
    """One round; `lives` says whether the workers of steps are there."""

    def go(
        *, lives: bool | None = None, dry_run: bool = False, silent_s: float = SILENT_S
    ) -> list[Finding]:
        return Reconciler(
            engine,
            system_engine,
            runs,
            dry_run=dry_run,
            lives=lambda _: lives,
            silent_s=silent_s,
        ).reconcile()

    return go


def damages(findings: list[Finding]) -> list[Damage]:
    return [finding.damage for finding in findings]


def take(engine: Engine, ref: JobRef, run_id: str | None) -> RunRequest:
    """Drain the job's request, as a tick does."""
    with workspace_session(engine, ref.workspace_id) as session:
        (request,) = [r for r in request_rows.list_open(session, ref.job_id) if not r.drained_at]
        request.drained_at = job_rows.get_job(session, ref.job_id).created_at
        request.run_id = run_id
        return request


def at_work(
    engine: Engine, runs: FakeRuns, workspace: WorkspaceId, *, ago_s: float = 0
) -> tuple[JobRef, str]:
    """A job whose run is at its first step."""
    ref = new_job(engine, workspace)
    run_id = runs.start(ref, ago_s=ago_s)
    take(engine, ref, run_id)
    begin_step(engine, ref, run_id)
    return ref, run_id


def begin_step(engine: Engine, ref: JobRef, run_id: str) -> None:
    phases.advance(engine, ref, JobMove.ingest)
    with workspace_session(engine, ref.workspace_id) as session:
        steps.start_step(session, ref, "source_video", run_id)


def age(system_engine: Engine, table: str, column: str, ref: JobRef) -> None:
    key = "id" if table == "jobs" else "job_id"
    with system_session(system_engine) as session:
        session.execute(
            text(f"update {table} set {column} = {column} - {LONG_AGO} where {key} = :id"),
            {"id": ref.job_id},
        )


def status_of(engine: Engine, ref: JobRef) -> JobStatus:
    with workspace_session(engine, ref.workspace_id) as session:
        return job_rows.get_job(session, ref.job_id).status


def open_requests(engine: Engine, ref: JobRef) -> list[RunRequest]:
    with workspace_session(engine, ref.workspace_id) as session:
        return request_rows.list_open(session, ref.job_id)


def repairs(engine: Engine, ref: JobRef) -> list[JobEvent]:
    with workspace_session(engine, ref.workspace_id) as session:
        events = job_rows.list_events(session, ref.job_id)
        return [event for event in events if event.kind is JobEventKind.repaired]


def test_nothing_is_found_where_all_agrees(engine, runs, reconcile, workspace) -> None:
    waiting, (_, run_id) = new_job(engine, workspace), at_work(engine, runs, workspace)
    runs.held[run_id] = True

    assert reconcile() == []
    assert len(open_requests(engine, waiting)) == 1


def test_a_run_that_is_there_is_noted(engine, runs, reconcile, workspace) -> None:
    ref = new_job(engine, workspace)
    request = take(engine, ref, None)
    run_id = runs.start(ref, request.id)

    assert damages(reconcile()) == [Damage.run_not_noted]
    assert [row.run_id for row in open_requests(engine, ref)] == [run_id]
    assert reconcile() == []


@pytest.mark.parametrize("run_id", [None, "a run that nobody knows"])
def test_a_request_whose_run_was_lost_waits_again(
    engine, system_engine, runs, reconcile, workspace, run_id
) -> None:
    ref = new_job(engine, workspace)
    take(engine, ref, run_id)
    age(system_engine, "run_requests", "drained_at", ref)

    assert damages(reconcile()) == [Damage.request_lost]
    (request,) = open_requests(engine, ref)
    assert (request.drained_at, request.run_id) == (None, None)
    assert len(repairs(engine, ref)) == 1
    assert reconcile() == []


def test_an_end_that_nobody_saw_is_seen(engine, runs, reconcile, workspace) -> None:
    ref, run_id = at_work(engine, runs, workspace)
    with workspace_session(engine, workspace) as session:
        steps.fail_step(session, ref, "source_video", CliplyError(ErrorCode.source_corrupt, "Bad."))
    runs.end(run_id, RunState.failed)

    assert damages(reconcile()) == [Damage.end_not_seen]
    assert status_of(engine, ref) is JobStatus.failed
    assert reconcile() == []


@pytest.mark.parametrize(("lives", "held"), [(None, None), (True, False)])
def test_a_run_of_which_nothing_is_heard_is_gone_on_with(
    engine, runs, reconcile, workspace, lives, held
) -> None:
    ref, run_id = at_work(engine, runs, workspace)
    runs.held = {} if held is None else {run_id: held}
    assert reconcile(lives=lives) == []

    assert damages(reconcile(lives=lives, silent_s=0.0)) == [Damage.run_lost]
    (request,) = open_requests(engine, ref)
    assert (request.reason, request.parent_run_id) == ("recovered", run_id)
    assert status_of(engine, ref) is JobStatus.ingesting
    with workspace_session(engine, workspace) as session:
        row = step_rows.get_step(session, ref.job_id, "source_video")
        assert row.status is StepStatus.failed
    assert reconcile(lives=lives, silent_s=0.0) == []


def test_a_silent_step_of_a_held_run_is_left_alone(engine, runs, reconcile, workspace) -> None:
    ref, run_id = at_work(engine, runs, workspace)
    runs.held[run_id] = True

    assert reconcile(lives=False, silent_s=0.0) == []
    assert status_of(engine, ref) is JobStatus.ingesting


def test_a_run_that_no_launcher_has_is_lost_between_its_steps(
    engine, runs, reconcile, workspace
) -> None:
    old, new = new_job(engine, workspace), new_job(engine, workspace)
    for ref, ago_s in ((old, 60), (new, 5)):
        run_id = runs.start(ref, ago_s=ago_s)
        runs.held[run_id] = False
        take(engine, ref, run_id)

    (found,) = reconcile()
    assert (found.damage, found.ref) == (Damage.run_lost, old)


def test_a_job_whose_runs_die_again_and_again_fails(engine, runs, reconcile, workspace) -> None:
    ref = new_job(engine, workspace)
    for _ in range(MOST_IN_A_ROW + 1):
        assert status_of(engine, ref) is not JobStatus.failed
        run_id = runs.start(ref)
        take(engine, ref, run_id)
        begin_step(engine, ref, run_id)
        runs.end(run_id, RunState.failed, has_crashed=True)
        reconcile()

    assert status_of(engine, ref) is JobStatus.failed
    assert open_requests(engine, ref) == []
    assert len(repairs(engine, ref)) == MOST_IN_A_ROW


def test_a_completed_step_lets_it_try_as_often_again(engine, runs, reconcile, workspace) -> None:
    ref = new_job(engine, workspace)
    for _ in range(MOST_IN_A_ROW + 3):
        run_id = runs.start(ref)
        take(engine, ref, run_id)
        begin_step(engine, ref, run_id)
        with workspace_session(engine, workspace) as session:
            steps.finish_step(session, ref, "source_video", {})
            steps.start_step(session, ref, "listening", run_id)
        runs.end(run_id, RunState.failed, has_crashed=True)
        reconcile()

    assert status_of(engine, ref) is JobStatus.ingesting
    (request,) = open_requests(engine, ref)
    assert "source_video" not in request.assets
    assert "transcript" in request.assets


def test_what_was_left_after_the_clips_is_asked_for_again(
    engine, runs, reconcile, workspace
) -> None:
    ref = rendered_job(engine, workspace, 0)
    with workspace_session(engine, workspace) as session:
        ask_for(session, job_rows.get_job(session, ref.job_id, lock=True), ["embeddings"], "x")
    run_id = runs.start(ref)
    take(engine, ref, run_id)
    with workspace_session(engine, workspace) as session:
        for name in ("source_video", "listening", "transcript", "mood", "scan", "candidates",
                     "ranking", "clip/c00"):  # fmt: skip
            steps.start_step(session, ref, name, run_id)
            steps.finish_step(session, ref, name, {})
        steps.start_step(session, ref, "embeddings", run_id)
    runs.end(run_id, RunState.failed, has_crashed=True)

    assert damages(reconcile()) == [Damage.end_not_seen]
    assert status_of(engine, ref) is JobStatus.review
    (request,) = open_requests(engine, ref)
    assert (request.reason, request.assets) == ("recovered", ["embeddings"])
    assert reconcile() == []


def test_the_dead_run_of_a_paused_job_ends_nothing_else(engine, runs, reconcile, workspace) -> None:
    ref, run_id = at_work(engine, runs, workspace)
    with workspace_session(engine, workspace) as session:
        lifecycle.pause_job(session, ref.job_id)
    runs.end(run_id, RunState.failed, has_crashed=True)

    assert damages(reconcile()) == [Damage.end_not_seen]
    assert status_of(engine, ref) is JobStatus.ingesting
    assert open_requests(engine, ref) == []
    assert reconcile() == []


def test_a_forsaken_job_is_asked_for_again(
    engine, system_engine, runs, reconcile, workspace
) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        (request,) = request_rows.list_open(session, ref.job_id)
        request_rows.close_request(session, request)
    assert reconcile() == []  # somebody may be about to
    age(system_engine, "run_requests", "closed_at", ref)
    age(system_engine, "jobs", "updated_at", ref)

    assert damages(reconcile()) == [Damage.job_forsaken]
    assert [row.reason for row in open_requests(engine, ref)] == ["recovered"]
    assert reconcile() == []


def test_keys_of_jobs_that_are_no_more_go_with_their_runs(
    engine, runs, reconcile, workspace
) -> None:
    gone, kept = JobRef(workspace, JobId(workspace)), new_job(engine, workspace)
    runs.end(runs.start(gone), RunState.succeeded)
    request = take(engine, kept, None)
    run_id = runs.start(kept, request.id)
    runs.held[run_id] = True
    runs.remove_partition(str(kept))

    assert Damage.partition_left in damages(reconcile())
    reconcile()
    assert runs.partitions() == {str(kept)}
    assert runs.of_job(gone) == []
    assert reconcile() == []


def test_the_runs_of_a_deleted_job_are_stopped_and_deleted(
    engine, runs, reconcile, workspace
) -> None:
    ref, _ = at_work(engine, runs, workspace)
    with workspace_session(engine, workspace) as session:
        lifecycle.delete_job(session, ref.job_id)

    reconcile()
    reconcile()

    assert runs.of_job(ref) == []
    assert runs.partitions() == set()
    assert reconcile() == []


def test_a_dry_run_changes_nothing(engine, system_engine, runs, reconcile, workspace) -> None:
    ref = new_job(engine, workspace)
    take(engine, ref, None)
    age(system_engine, "run_requests", "drained_at", ref)

    assert damages(reconcile(dry_run=True)) == damages(reconcile(dry_run=True))
    assert [row.drained_at is None for row in open_requests(engine, ref)] == [False]
