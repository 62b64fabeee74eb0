"""What people do with a job, against its state machine, its history and its run requests."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select, update

from cliply.db import run_requests
from cliply.db.job_removals import list_run_ids
from cliply.db.jobs import add_event, find_job
from cliply.db.models import Job, JobRemoval, RunRequest, SourceVideo
from cliply.db.session import workspace_session
from cliply.db.steps import get_step
from cliply.domain.assets import ANALYSIS, ASSETS, CLIPS
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobEventKind, JobSettings, JobStatus, StepStatus
from cliply.errors import Cancelled, Conflict, ErrorCode, NotFound
from cliply.services import lifecycle, phases
from cliply.services.jobs import create_job
from cliply.services.steps import RunningStep
from cliply.storage.objects import ObjectStore
from tests.rows import new_job
from tests.services.lifecycles import (
    BROKEN,
    ONLY_STEPS,
    do,
    fail,
    history,
    job_of,
    pause_between_steps,
    plan,
    refused,
    render,
    requests,
    requests_open,
    started,
    step_of_request,
)  # fmt: skip


class TestCancelling:
    def test_a_job_is_cancelled_at_once(self, engine: Engine, ref: JobRef) -> None:
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.pause_job(session, ref.job_id)
            lifecycle.cancel_job(session, ref.job_id)

        job = job_of(engine, ref)
        assert (job.status, job.error_code) == (JobStatus.cancelled, "CANCELLED")
        assert job.finished_at is not None
        assert job.paused_at is None

    def test_a_job_that_has_ended_is_not_cancelled(self, engine: Engine, ref: JobRef) -> None:
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.cancel_job(session, ref.job_id)
            with pytest.raises(Conflict, match="is cancelled can not") as error:
                lifecycle.cancel_job(session, ref.job_id)
        assert refused(error) == "JOB_STATE_WRONG"

    def test_a_run_that_was_asked_for_begins_no_step_of_a_cancelled_job(
        self, engine: Engine, ref: JobRef
    ) -> None:
        started(engine, ref)
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.cancel_job(session, ref.job_id)
        with pytest.raises(Cancelled), step_of_request(engine, ref, "scan", "run-1"):
            pytest.fail("it has begun")
        phases.advance(engine, ref, JobMove.ingest)
        assert job_of(engine, ref).status is JobStatus.cancelled
        assert "step_started" not in history(engine, ref)

    def test_a_run_that_somebody_starts_by_hand_does_not_ask(
        self, engine: Engine, ref: JobRef
    ) -> None:
        started(engine, ref)
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.cancel_job(session, ref.job_id)
        do(engine, ref, "scan", run_id="by hand")
        with step_of_request(engine, ref, "mood", "run again in the UI, with all its tags"):
            pass
        phases.advance(engine, ref, JobMove.ingest, wakes=True)
        assert job_of(engine, ref).status is JobStatus.ingesting


class TestPausing:
    def test_the_running_step_ends_and_no_other_begins(self, engine: Engine, ref: JobRef) -> None:
        started(engine, ref)
        phases.advance(engine, ref, JobMove.ingest)
        with step_of_request(engine, ref, "source_video", "run-1") as running:
            with workspace_session(engine, ref.workspace_id) as session:
                assert lifecycle.pause_job(session, ref.job_id).status is JobStatus.ingesting
            running.check()
        with (
            pytest.raises(Cancelled) as error,
            step_of_request(engine, ref, "listening", "run-1"),
        ):
            pytest.fail("it has begun")
        assert error.value.code is ErrorCode.job_paused
        phases.close_run(engine, ref, "run-1", cancelled=False, otherwise=BROKEN)

        job = job_of(engine, ref)
        assert (job.status, job.error_code) == (JobStatus.ingesting, None)
        with workspace_session(engine, ref.workspace_id) as session:
            assert run_requests.list_open(session, ref.job_id) == []
            assert get_step(session, ref.job_id, "source_video").status is StepStatus.completed
        assert history(engine, ref)[-1] == "step_completed"

    def test_to_resume_asks_for_what_is_not_done(
        self, engine: Engine, make: Callable[..., JobRef], store: ObjectStore
    ) -> None:
        ref = make(priority=5)
        started(engine, ref)
        do(engine, ref, "source_video", "listening")
        pause_between_steps(engine, ref)
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.resume_job(session, ref.job_id, store)

        (request,) = requests(engine, ref)
        done = {"source_video", "audio_features", "audio_levels"}
        assert request.assets == [name for name in ASSETS if name not in done]
        assert (request.reason, request.priority) == ("resumed", 5)
        assert request.parent_run_id == "run-1"
        assert job_of(engine, ref).paused_at is None
        assert [kind for kind in history(engine, ref) if kind in ("paused", "resumed")] == [
            "paused", "resumed",
        ]  # fmt: skip

    def test_a_run_that_has_not_noticed_goes_on_and_nothing_is_asked_twice(
        self, engine: Engine, ref: JobRef, store: ObjectStore
    ) -> None:
        started(engine, ref)
        with step_of_request(engine, ref, "source_video", "run-1"):
            with workspace_session(engine, ref.workspace_id) as session:
                lifecycle.pause_job(session, ref.job_id)
            with workspace_session(engine, ref.workspace_id) as session:
                lifecycle.resume_job(session, ref.job_id, store)
        with step_of_request(engine, ref, "listening", "run-1"):
            pass
        assert requests(engine, ref) == []

    def test_the_end_of_the_paused_run_does_not_end_the_resumed_job(
        self, engine: Engine, ref: JobRef, store: ObjectStore
    ) -> None:
        started(engine, ref)
        pause_between_steps(engine, ref)
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.resume_job(session, ref.job_id, store)
        phases.close_run(engine, ref, "run-1", cancelled=False, otherwise=BROKEN)
        phases.close_run(engine, ref, "run-1", cancelled=True, otherwise=BROKEN)
        assert job_of(engine, ref).status is JobStatus.created

    def test_what_is_not_paused_is_not_resumed(
        self, engine: Engine, ref: JobRef, store: ObjectStore
    ) -> None:
        with (
            workspace_session(engine, ref.workspace_id) as session,
            pytest.raises(Conflict, match="created and not paused") as error,
        ):
            lifecycle.resume_job(session, ref.job_id, store)
        assert refused(error) == "JOB_STATE_WRONG"

    @pytest.mark.parametrize("status", sorted(JobStatus))
    def test_what_has_no_work_is_not_paused(
        self, engine: Engine, ref: JobRef, status: JobStatus
    ) -> None:
        with workspace_session(engine, ref.workspace_id) as session:
            session.execute(update(Job).values(status=status))
        may = status in (
            "created", "ingesting", "analyzing", "clips_generated", "rendering",
        )  # fmt: skip
        with workspace_session(engine, ref.workspace_id) as session:
            if may:
                assert lifecycle.pause_job(session, ref.job_id).status is status
            with pytest.raises(Conflict) as error:
                lifecycle.pause_job(session, ref.job_id)
            assert refused(error) == "JOB_STATE_WRONG"


class TestReleasing:
    def test_a_job_that_does_not_render_by_itself_waits_until_it_is_resumed(
        self, engine: Engine, make: Callable[..., JobRef], store: ObjectStore
    ) -> None:
        ref = make(JobSettings(auto_render=False))
        (first,) = requests_open(engine, ref)
        assert first.assets == list(ANALYSIS)
        started(engine, ref)
        do(engine, ref, *ONLY_STEPS, "embeddings")
        plan(engine, ref, 0, 30_000)
        phases.finish_run(engine, ref, "run-1")
        assert job_of(engine, ref).status is JobStatus.clips_generated
        assert requests_open(engine, ref) == []

        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.resume_job(session, ref.job_id, store)
            with pytest.raises(Conflict):
                lifecycle.resume_job(session, ref.job_id, store)
        (released,) = requests(engine, ref)
        assert (released.assets, released.reason) == ([CLIPS[0], CLIPS[1]], "released")
        started(engine, ref, "run-2")
        render(engine, ref, 0, "run-2")
        fail(engine, ref, CLIPS[1], "run-2")
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.retry_job(session, ref.job_id, store)
        assert requests(engine, ref)[-1].assets == [CLIPS[1]], "they were asked for"

    def test_what_was_paused_before_its_clips_were_there_renders_none(
        self, engine: Engine, make: Callable[..., JobRef], store: ObjectStore
    ) -> None:
        ref = make(JobSettings(auto_render=False))
        started(engine, ref)
        do(engine, ref, "source_video")
        pause_between_steps(engine, ref)
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.resume_job(session, ref.job_id, store)
        (request,) = requests(engine, ref)
        assert set(request.assets) == set(ANALYSIS) - {"source_video"}


class TestDeleting:
    def test_all_rows_go_and_what_is_left_elsewhere_is_noted(
        self, engine: Engine, ref: JobRef
    ) -> None:
        started(engine, ref)
        with (
            pytest.raises(Cancelled, match="deleted"),
            step_of_request(engine, ref, "scan", "run-1") as running,
        ):
            delete_meanwhile(engine, ref, running)
        with workspace_session(engine, ref.workspace_id) as session:
            (left,) = session.scalars(select(JobRemoval)).all()
            assert (left.job_id, left.run_ids) == (ref.job_id, ["run-1"])
            assert (left.runs_gone_at, left.files_gone_at) == (None, None)
            assert find_job(session, ref.job_id) is None
            assert session.scalars(select(RunRequest)).all() == []
        phases.close_run(engine, ref, "run-1", cancelled=False, otherwise=BROKEN)

    def test_a_job_that_is_not_there_is_not_found(
        self, engine: Engine, workspace: WorkspaceId, store: ObjectStore
    ) -> None:
        job_id = JobId(uuid4())
        with workspace_session(engine, workspace) as session:
            for act in (lifecycle.cancel_job, lifecycle.pause_job, lifecycle.delete_job):
                with pytest.raises(NotFound):
                    act(session, job_id)
            for other in (lifecycle.resume_job, lifecycle.retry_job):
                with pytest.raises(NotFound):
                    other(session, job_id, store)


def test_the_same_wish_after_a_deletion_is_a_new_job(
    engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        source = session.scalars(select(SourceVideo)).one()
        lifecycle.delete_job(session, ref.job_id)
    with workspace_session(engine, workspace) as session:
        again = create_job(session, source, JobSettings(), with_run_request=True)
        add_event(session, again.ref, JobEventKind.repaired, {})
    assert again.id != ref.job_id


def delete_meanwhile(engine: Engine, ref: JobRef, running: RunningStep) -> None:
    """The running step is told, and what it does after that changes nothing."""
    with workspace_session(engine, ref.workspace_id) as session:
        assert list_run_ids(session, ref.job_id) == ["run-1"]
        lifecycle.delete_job(session, ref.job_id)
    assert running.stop.wait(3)
    with pytest.raises(Cancelled, match="deleted"):
        running.report(0.5)
    phases.advance(engine, ref, JobMove.analyse)
