from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db.clips import list_clips
from cliply.db.jobs import get_job, list_events, list_jobs
from cliply.db.run_requests import list_pending, mark_drained
from cliply.db.session import workspace_session
from cliply.db.sources import list_sources
from cliply.domain.captions import CaptionSettings
from cliply.domain.editing import Edit
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.job_moves import MOVES, JobMove
from cliply.domain.jobs import JobEventKind, JobSettings, JobStatus
from cliply.errors import Conflict, ErrorCode, MediaError, NotFound
from cliply.services.clips import add_render, next_version, plan_clips, show_version
from cliply.services.jobs import create_job, move_job
from tests.rows import (
    MEASURED,
    moments,
    new_job,
    new_source,
    render_files,
    render_spec,
    report,
)

PATH_TO = {
    JobStatus.created: (),
    JobStatus.ingesting: (JobMove.ingest,),
    JobStatus.analyzing: (JobMove.ingest, JobMove.analyse),
    JobStatus.review: (
        JobMove.ingest,
        JobMove.analyse,
        JobMove.plan,
        JobMove.render,
        JobMove.offer,
    ),
    JobStatus.failed: (JobMove.fail,),
    JobStatus.cancelled: (JobMove.cancel,),
}


def test_the_same_files_are_one_source(engine: Engine, workspace: WorkspaceId) -> None:
    first = new_source(engine, workspace, content_hash="aa")
    again = new_source(engine, workspace, content_hash="aa")
    captioned = new_source(engine, workspace, content_hash="aa", transcript_hash="bb")
    assert again.id == first.id
    assert captioned.id != first.id
    with workspace_session(engine, workspace) as session:
        assert len(list_sources(session)) == 2


def test_the_same_files_of_two_workspaces_are_two_sources(
    engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    first = new_source(engine, workspace, content_hash="aa")
    assert new_source(engine, rival, content_hash="aa").id != first.id


def test_a_job_comes_with_its_first_event_and_its_run_request(
    engine: Engine, workspace: WorkspaceId
) -> None:
    source = new_source(engine, workspace)
    with workspace_session(engine, workspace) as session:
        settings = JobSettings(max_clips=3)
        job = create_job(
            session,
            source,
            settings,
            assets=["transcript", "clip/c03"],
            priority=7,
            reason="asked by hand",
            with_run_request=True,
        )
    with workspace_session(engine, workspace) as session:
        stored = get_job(session, job.id)
        assert stored.settings == settings
        assert stored.status is JobStatus.created
        assert stored.ref == JobRef(workspace, job.id)
        assert [event.kind for event in list_events(session, job.id)] == [JobEventKind.created]
        (request,) = list_pending(session, limit=9)
        assert request.assets == ["transcript", "clip/c03"]
        assert (request.priority, request.reason) == (7, "asked by hand")


def test_a_job_without_a_run_request_asks_nothing_of_the_graph(
    engine: Engine, workspace: WorkspaceId
) -> None:
    source = new_source(engine, workspace)
    with workspace_session(engine, workspace) as session:
        create_job(session, source, JobSettings(), with_run_request=False)
        assert list_pending(session, limit=9) == []


def test_the_same_wish_is_the_same_job_and_another_one_is_not(
    engine: Engine, workspace: WorkspaceId
) -> None:
    source = new_source(engine, workspace)
    with workspace_session(engine, workspace) as session:
        first = create_job(session, source, JobSettings(), with_run_request=True)
        again = create_job(session, source, JobSettings(), with_run_request=True)
        other = create_job(session, source, JobSettings(max_clips=2), with_run_request=True)
        assert again.id == first.id
        assert other.id != first.id
        assert len(list_pending(session, limit=9)) == 2
        assert {job.id for job in list_jobs(session)} == {first.id, other.id}


def test_another_edit_is_another_job(engine: Engine, workspace: WorkspaceId) -> None:
    source = new_source(engine, workspace)
    large = Edit(captions=CaptionSettings(size=1.5))
    with workspace_session(engine, workspace) as session:
        usual = create_job(session, source, JobSettings(), with_run_request=False)
        edited = create_job(session, source, JobSettings(edit=large), with_run_request=False)
        assert edited.id != usual.id
        again = create_job(session, source, JobSettings(max_clips=5), with_run_request=False)
        assert again.id == usual.id, "a default that is named is no other wish"
    with workspace_session(engine, workspace) as session:
        assert get_job(session, edited.id).settings.edit == large


def test_two_that_ask_at_once_get_one_job(engine: Engine, workspace: WorkspaceId) -> None:
    source = new_source(engine, workspace)
    together = Barrier(4)

    def ask(_: int) -> JobId:
        with workspace_session(engine, workspace) as session:
            together.wait(10)
            return create_job(session, source, JobSettings(), with_run_request=True).id

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(ask, range(4)))
    assert len(ids) == 1
    with workspace_session(engine, workspace) as session:
        assert len(list_pending(session, limit=9)) == 1
        assert len(list_events(session, ids.pop())) == 1


def test_run_requests_go_by_priority_then_age(engine: Engine, workspace: WorkspaceId) -> None:
    for priority in (0, 5, 0):
        source = new_source(engine, workspace)
        with workspace_session(engine, workspace) as session:
            create_job(session, source, JobSettings(), priority=priority, with_run_request=True)
    with workspace_session(engine, workspace) as session:
        pending = list_pending(session, limit=9)
        assert [request.priority for request in pending] == [5, 0, 0]
        assert pending[1].created_at < pending[2].created_at
        mark_drained(session, pending[0], run_id="r1")
    with workspace_session(engine, workspace) as session:
        assert [request.id for request in list_pending(session, limit=1)] == [pending[1].id]


def test_a_move_is_written_into_the_history(engine: Engine, workspace: WorkspaceId) -> None:
    ref = new_job(engine, workspace)
    error = MediaError(ErrorCode.source_corrupt, "The file is broken.")
    with workspace_session(engine, workspace) as session:
        move_job(session, ref.job_id, JobMove.ingest)
        failed = move_job(session, ref.job_id, JobMove.fail, error=error)
        assert (failed.error_code, failed.error_message) == ("SOURCE_CORRUPT", error.message)
        assert failed.finished_at is not None
        events = list_events(session, ref.job_id)
    assert [event.payload for event in events[1:]] == [
        {"from": "created", "to": "ingesting"},
        {"from": "ingesting", "to": "failed", "error_code": "SOURCE_CORRUPT"},
    ]
    assert [event.id for event in events] == sorted(event.id for event in events)


def test_a_retry_forgets_the_error(engine: Engine, workspace: WorkspaceId) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        move_job(session, ref.job_id, JobMove.fail, error=NotFound("gone"))
        job = move_job(session, ref.job_id, JobMove.ingest)
    assert (job.error_code, job.error_message, job.finished_at) == (None, None, None)


def test_a_job_without_clips_says_why(engine: Engine, workspace: WorkspaceId) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        move_job(session, ref.job_id, JobMove.ingest)
        move_job(session, ref.job_id, JobMove.analyse)
        move_job(session, ref.job_id, JobMove.find_nothing, outcome="Nobody speaks in it.")
    with workspace_session(engine, workspace) as session:
        job = get_job(session, ref.job_id)
    assert (job.status, job.outcome) == (JobStatus.completed, "Nobody speaks in it.")
    assert job.updated_at > job.created_at


@pytest.mark.parametrize("former", PATH_TO)
def test_an_illegal_move_is_a_conflict_that_names_the_state(
    engine: Engine, workspace: WorkspaceId, former: JobStatus
) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        plan_clips(session, ref.job_id, moments(0), 1)
        _render_all(session, ref)
        for move in PATH_TO[former]:
            move_job(session, ref.job_id, move)
        for move in JobMove:
            if former not in MOVES[move]:
                with pytest.raises(Conflict, match=f"is {former} can not") as refused:
                    move_job(session, ref.job_id, move)
                assert refused.value.code is ErrorCode.job_state_wrong


def test_a_job_that_is_not_there_does_not_move(engine: Engine, workspace: WorkspaceId) -> None:
    with workspace_session(engine, workspace) as session, pytest.raises(NotFound):
        move_job(session, JobId(uuid4()), JobMove.ingest)


def test_a_job_is_not_offered_before_all_of_its_clips_are_rendered(
    engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        for move in ("ingest", "analyse", "plan"):
            move_job(session, ref.job_id, JobMove(move))
        with pytest.raises(Conflict, match="it has no clips"):
            move_job(session, ref.job_id, JobMove.render)
        plan_clips(session, ref.job_id, moments(0, 30_000), 5)
        move_job(session, ref.job_id, JobMove.render)
        with pytest.raises(Conflict, match="2 of its clips have no render yet"):
            move_job(session, ref.job_id, JobMove.offer)
        _render_all(session, ref)
        assert move_job(session, ref.job_id, JobMove.offer).status is JobStatus.review


def _render_all(session: Session, ref: JobRef) -> None:
    for clip in list_clips(session, ref.job_id):
        version = next_version(session, clip.id)
        spec, files = render_spec(clip.start_ms), render_files(version)
        row = add_render(session, clip.id, version, spec, files, MEASURED, report())
        show_version(session, row, spec.span, None)


def test_a_file_that_is_sent_again_after_its_job_was_archived_is_a_new_job(
    engine: Engine, workspace: WorkspaceId
) -> None:
    source = new_source(engine, workspace, content_hash="aa")
    with workspace_session(engine, workspace) as session:
        first = create_job(session, source, JobSettings(), with_run_request=True)
        first.archived_at = first.created_at
    with workspace_session(engine, workspace) as session:
        second = create_job(session, source, JobSettings(), with_run_request=True)
        again = create_job(session, source, JobSettings(), with_run_request=True)
    assert again.id == second.id != first.id
    with workspace_session(engine, workspace) as session:
        assert {job.id for job in list_jobs(session)} == {first.id, second.id}
        assert len(list_pending(session, limit=9)) == 2
