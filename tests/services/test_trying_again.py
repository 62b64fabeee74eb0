"""Jobs and steps that failed or were cancelled, tried again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, select, update

from cliply.db import run_requests
from cliply.db.jobs import get_job
from cliply.db.models import Job, SourceVideo
from cliply.db.session import now, workspace_session
from cliply.db.steps import get_step
from cliply.domain.assets import ASSETS, CLIPS
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobStatus, StepStatus
from cliply.errors import Cancelled, CliplyError, Conflict, NotFound
from cliply.services import lifecycle, phases, steps
from cliply.services.jobs import move_job
from cliply.storage.objects import ObjectStore
from tests.services.lifecycles import (
    BROKEN,
    ONLY_STEPS,
    do,
    fail,
    job_of,
    plan,
    refused,
    render,
    requests,
    requests_open,
    started,
    step_of_request,
)  # fmt: skip


class TestTryingAgain:
    def test_a_failed_job_goes_on_and_keeps_what_is_done(
        self, engine: Engine, ref: JobRef, store: ObjectStore
    ) -> None:
        started(engine, ref)
        phases.advance(engine, ref, JobMove.ingest)
        do(engine, ref, "source_video", "listening", "scan")
        fail(engine, ref, "transcript")
        assert job_of(engine, ref).status is JobStatus.failed

        with workspace_session(engine, ref.workspace_id) as session:
            job = lifecycle.retry_job(session, ref.job_id, store)
            assert (job.status, job.error_code) == (JobStatus.created, None)
            assert get_step(session, ref.job_id, "transcript").status is StepStatus.pending

        (request,) = requests(engine, ref)
        rest = ("transcript", "mood", "candidates", "ranking", "embeddings", *CLIPS)
        assert sorted(request.assets) == sorted(rest)
        assert (request.reason, request.parent_run_id) == ("retried", "run-1")
        started(engine, ref, "run-2")
        with step_of_request(engine, ref, "transcript", "run-2"):
            assert job_of(engine, ref).status is JobStatus.analyzing

    def test_one_failed_clip_is_tried_again_alone(
        self, engine: Engine, ref: JobRef, store: ObjectStore
    ) -> None:
        started(engine, ref)
        do(engine, ref, *ONLY_STEPS)
        plan(engine, ref, 0, 30_000, 60_000)
        render(engine, ref, 0)
        with pytest.raises(CliplyError), steps.step(engine, ref, CLIPS[1], "run-1"):
            raise BROKEN
        fail(engine, ref, CLIPS[2])
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.retry_job(session, ref.job_id, store, CLIPS[2])

        (request,) = requests(engine, ref)
        assert request.assets == [CLIPS[2]]
        started(engine, ref, "run-2")
        render(engine, ref, 2, "run-2")
        phases.finish_run(engine, ref, "run-2")
        job = job_of(engine, ref)
        assert (job.status, job.error_code) == (JobStatus.failed, "SOURCE_CORRUPT"), "one is left"
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.retry_job(session, ref.job_id, store)
        assert requests(engine, ref)[-1].assets == ["embeddings", CLIPS[1]]

    def test_a_step_that_no_clip_waits_for_is_tried_again_under_review(
        self, engine: Engine, workspace: WorkspaceId, store: ObjectStore, rendered_job: Callable
    ) -> None:
        ref = rendered_job(engine, workspace, 0)
        do(engine, ref, *ONLY_STEPS)
        fail(engine, ref, "embeddings")
        for _ in range(2):
            with workspace_session(engine, ref.workspace_id) as session:
                if requests_open(engine, ref):
                    with pytest.raises(Conflict, match="is pending"):
                        lifecycle.retry_job(session, ref.job_id, store, "embeddings")
                    continue
                job = lifecycle.retry_job(session, ref.job_id, store, "embeddings")
                assert job.status is JobStatus.review
        assert [one.assets for one in requests_open(engine, ref)] == [["embeddings"]]

    def test_a_step_takes_along_what_is_made_of_it_and_what_it_lacks(
        self, engine: Engine, ref: JobRef, store: ObjectStore
    ) -> None:
        started(engine, ref)
        do(engine, ref, "source_video", "listening")
        fail(engine, ref, "transcript")
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.retry_job(session, ref.job_id, store, "transcript")
        (request,) = requests(engine, ref)
        assert set(ASSETS) - set(request.assets) == {
            "source_video", "audio_features", "audio_levels", "looks",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("step", "kind"),
        [("scan", Conflict), ("no such step", NotFound), ("mood", NotFound)],
    )
    def test_a_step_that_has_not_failed_is_not_tried_again(
        self, engine: Engine, ref: JobRef, store: ObjectStore, step: str, kind: type[CliplyError]
    ) -> None:
        started(engine, ref)
        do(engine, ref, "scan")
        fail(engine, ref, "transcript")
        with workspace_session(engine, ref.workspace_id) as session, pytest.raises(kind):
            lifecycle.retry_job(session, ref.job_id, store, step)
        assert requests(engine, ref) == []

    def test_a_step_of_a_job_at_work_waits_for_its_end(
        self, engine: Engine, ref: JobRef, store: ObjectStore
    ) -> None:
        with pytest.raises(CliplyError), steps.step(engine, ref, "scan", "run-1"):
            raise BROKEN
        with (
            workspace_session(engine, ref.workspace_id) as session,
            pytest.raises(Conflict, match="still at work"),
        ):
            lifecycle.retry_job(session, ref.job_id, store, "scan")

    def test_a_finished_job_is_not_tried_again(
        self, engine: Engine, workspace: WorkspaceId, store: ObjectStore, rendered_job: Callable
    ) -> None:
        ref = rendered_job(engine, workspace, 0)
        for _ in range(2):
            with (
                workspace_session(engine, workspace) as session,
                pytest.raises(Conflict) as error,
            ):
                lifecycle.retry_job(session, ref.job_id, store)
            assert refused(error) == "JOB_STATE_WRONG"
            with workspace_session(engine, workspace) as session:
                if get_job(session, ref.job_id).status is JobStatus.review:
                    move_job(session, ref.job_id, JobMove.finish)

    def test_a_job_that_was_cancelled_under_review_is_there_again_at_once(
        self, engine: Engine, workspace: WorkspaceId, store: ObjectStore, rendered_job: Callable
    ) -> None:
        ref = rendered_job(engine, workspace, 0)
        do(engine, ref, *ONLY_STEPS, "embeddings", CLIPS[0])
        with workspace_session(engine, workspace) as session:
            lifecycle.cancel_job(session, ref.job_id)
            assert lifecycle.retry_job(session, ref.job_id, store).status is JobStatus.review
        assert requests_open(engine, ref) == []

    def test_the_cancelled_run_has_no_say_in_the_job_that_is_tried_again(
        self, engine: Engine, ref: JobRef, store: ObjectStore
    ) -> None:
        started(engine, ref)
        with step_of_request(engine, ref, "source_video", "run-1"):
            with workspace_session(engine, ref.workspace_id) as session:
                lifecycle.cancel_job(session, ref.job_id)
            with workspace_session(engine, ref.workspace_id) as session:
                lifecycle.retry_job(session, ref.job_id, store)
        first = requests_open(engine, ref)
        assert [request.reason for request in first] == ["retried"]
        with workspace_session(engine, ref.workspace_id) as session:
            old = steps.Asked(run_requests.list_requests(session, ref.job_id)[0].id, "run-1")
        with pytest.raises(Cancelled), steps.step(engine, ref, "scan", "run-1", asked=old):
            pytest.fail("the old run goes on")
        phases.close_run(engine, ref, "run-1", cancelled=True, otherwise=BROKEN)
        assert job_of(engine, ref).status is JobStatus.created

    def test_two_who_try_again_at_once_ask_for_one_run(
        self, engine: Engine, ref: JobRef, store: ObjectStore
    ) -> None:
        started(engine, ref)
        fail(engine, ref, "source_video")
        together = Barrier(4)

        def ask(_: int) -> str:
            with workspace_session(engine, ref.workspace_id) as session:
                together.wait(10)
                try:
                    return lifecycle.retry_job(session, ref.job_id, store).status.value
                except Conflict as error:
                    return error.code.value

        with ThreadPoolExecutor(4) as pool:
            told = sorted(pool.map(ask, range(4)))
        assert told == ["JOB_STATE_WRONG"] * 3 + ["created"]
        assert len(requests(engine, ref)) == 1

    @pytest.mark.parametrize("how", ["archived", "gone"])
    def test_a_job_whose_source_is_kept_no_longer_does_not_go_on(
        self, engine: Engine, ref: JobRef, store: ObjectStore, how: str
    ) -> None:
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.pause_job(session, ref.job_id)
            if how == "archived":
                session.execute(update(Job).values(archived_at=now(session)))
            else:
                store.delete([session.scalars(select(SourceVideo.object_key)).one()])
        for act in (lifecycle.resume_job, lifecycle.retry_job):
            with (
                pytest.raises(Conflict, match="submit it again") as error,
                workspace_session(engine, ref.workspace_id) as session,
            ):
                act(session, ref.job_id, store)
            assert refused(error) == "SOURCE_EXPIRED"
            with workspace_session(engine, ref.workspace_id) as session:
                if get_job(session, ref.job_id).status is JobStatus.created:
                    lifecycle.cancel_job(session, ref.job_id)
        assert job_of(engine, ref).status is JobStatus.cancelled
        assert requests(engine, ref) == []
