"""A link becomes a job, and the same link twice the same one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import Engine

from cliply.db import jobs as job_rows
from cliply.db.link_jobs import find_job_of_link
from cliply.db.run_requests import list_requests
from cliply.db.session import workspace_session
from cliply.domain.ids import JobId, WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobSettings
from cliply.links.addresses import Link
from cliply.services.jobs import move_job
from cliply.services.link_requests import request_link

BEES = Link(url="https://www.youtube.com/watch?v=aqz-KE-bpKQ")
OTHER = Link(url="https://vimeo.com/76979871")


def ask(
    engine: Engine, workspace: WorkspaceId, link: Link = BEES, *, force: bool = False
) -> tuple[JobId, bool]:
    with workspace_session(engine, workspace) as session:
        found = request_link(
            session, workspace, link, JobSettings(), force=force, with_run_request=True
        )
        return found.job.id, found.is_new


def test_a_job_of_a_link_has_no_source_and_asks_for_a_run(
    engine: Engine, workspace: WorkspaceId
) -> None:
    job_id, is_new = ask(engine, workspace)

    with workspace_session(engine, workspace) as session:
        job = job_rows.get_job(session, job_id)
        requests = list_requests(session, job_id)
        events = job_rows.list_events(session, job_id)
    assert is_new
    assert job.source_video_id is None
    assert job.source_url == BEES.url
    assert len(requests) == 1
    assert [event.kind for event in events] == ["created"]


def test_a_link_that_is_worked_on_is_the_same_job_unless_forced(
    engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    first, _ = ask(engine, workspace)

    assert ask(engine, workspace) == (first, False)
    assert ask(engine, workspace, OTHER)[1]
    assert ask(engine, rival)[1]
    forced, is_new = ask(engine, workspace, force=True)
    assert is_new
    assert forced != first


def test_a_link_whose_job_has_ended_is_a_new_job(engine: Engine, workspace: WorkspaceId) -> None:
    first, _ = ask(engine, workspace)
    with workspace_session(engine, workspace) as session:
        move_job(session, first, JobMove.cancel)

    second, is_new = ask(engine, workspace)

    assert is_new
    assert second != first


def test_many_who_ask_at_once_get_one_job(engine: Engine, workspace: WorkspaceId) -> None:
    together = Barrier(8)

    def race(_number: int) -> tuple[JobId, bool]:
        together.wait()
        return ask(engine, workspace)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(race, range(8)))

    assert len({job_id for job_id, _ in answers}) == 1
    assert sum(is_new for _, is_new in answers) == 1
    with workspace_session(engine, workspace) as session:
        found = find_job_of_link(session, BEES.url)
        assert found is not None
        assert len(list_requests(session, found.id)) == 1
