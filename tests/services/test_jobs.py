from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from cliply.db.jobs import get_job, list_events, list_jobs
from cliply.db.run_requests import list_pending, mark_drained
from cliply.db.session import workspace_session
from cliply.db.sources import list_sources
from cliply.domain.captions import CaptionSettings
from cliply.domain.editing import Edit
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.jobs import ENDED, TRANSITIONS, JobEventKind, JobSettings, JobStatus
from cliply.errors import Conflict, ErrorCode, MediaError, NotFound
from cliply.services.jobs import create_job, move_job
from tests.rows import new_job, new_source

PATH_TO = {
    JobStatus.created: (),
    JobStatus.ingesting: (JobStatus.ingesting,),
    JobStatus.analyzing: (JobStatus.ingesting, JobStatus.analyzing),
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


def test_run_requests_go_by_priority_then_age_and_are_taken_once(
    engine: Engine, workspace: WorkspaceId
) -> None:
    for priority in (0, 5, 0):
        source = new_source(engine, workspace)
        with workspace_session(engine, workspace) as session:
            create_job(session, source, JobSettings(), priority=priority, with_run_request=True)
    with workspace_session(engine, workspace) as session:
        pending = list_pending(session, limit=9)
        assert [request.priority for request in pending] == [5, 0, 0]
        assert pending[1].created_at < pending[2].created_at
        with workspace_session(engine, workspace) as another:
            assert list_pending(another, limit=9) == []
        mark_drained(session, pending[0], run_id="r1")
    with workspace_session(engine, workspace) as session:
        assert [request.id for request in list_pending(session, limit=1)] == [pending[1].id]


def test_a_move_is_written_into_the_history(engine: Engine, workspace: WorkspaceId) -> None:
    ref = new_job(engine, workspace)
    error = MediaError(ErrorCode.source_corrupt, "The file is broken.")
    with workspace_session(engine, workspace) as session:
        move_job(session, ref.job_id, JobStatus.ingesting)
        failed = move_job(session, ref.job_id, JobStatus.failed, error=error)
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
        move_job(session, ref.job_id, JobStatus.failed, error=NotFound("gone"))
        job = move_job(session, ref.job_id, JobStatus.ingesting)
    assert (job.error_code, job.error_message, job.finished_at) == (None, None, None)


def test_a_job_without_clips_says_why(engine: Engine, workspace: WorkspaceId) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        move_job(session, ref.job_id, JobStatus.ingesting)
        move_job(session, ref.job_id, JobStatus.analyzing)
        move_job(session, ref.job_id, JobStatus.completed, outcome="Nobody speaks in it.")
    with workspace_session(engine, workspace) as session:
        job = get_job(session, ref.job_id)
    assert (job.status, job.outcome) == (JobStatus.completed, "Nobody speaks in it.")
    assert job.updated_at > job.created_at


@pytest.mark.parametrize("former", PATH_TO)
def test_an_illegal_move_is_a_conflict_that_names_both_states(
    engine: Engine, workspace: WorkspaceId, former: JobStatus
) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        for status in PATH_TO[former]:
            move_job(session, ref.job_id, status)
        for status in set(JobStatus) - TRANSITIONS[former]:
            with pytest.raises(Conflict, match=f"is {former} and can not become {status}"):
                move_job(session, ref.job_id, status)


def test_a_job_that_is_not_there_does_not_move(engine: Engine, workspace: WorkspaceId) -> None:
    with workspace_session(engine, workspace) as session, pytest.raises(NotFound):
        move_job(session, JobId(uuid4()), JobStatus.ingesting)


def test_every_state_has_its_row_and_the_end_can_be_reached_from_each() -> None:
    assert set(TRANSITIONS) == set(JobStatus)
    for status in JobStatus:
        reached, wave = {status}, {status}
        while wave:
            wave = {after for state in wave for after in TRANSITIONS[state]} - reached
            reached |= wave
        assert JobStatus.completed in reached
    assert TRANSITIONS[JobStatus.completed] == frozenset()
    assert JobStatus.completed in ENDED
