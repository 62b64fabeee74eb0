"""Queries without the ORM: the same values, rows and walls as with it."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, bindparam, event, select

from cliply.db.fixed_queries import FixedQuery
from cliply.db.job_lists import JobsWanted, get_job_facts, list_job_page
from cliply.db.jobs import get_job
from cliply.db.models import Job
from cliply.db.pages import PageWish
from cliply.db.session import member_connection, session_within, workspace_session
from cliply.domain.ids import JobId, UserId, WorkspaceId
from cliply.domain.jobs import JobSettings, JobStatus
from cliply.errors import NotFound
from tests.rows import new_job

COLUMNS = Job.__table__.columns
BY_STATUS = FixedQuery(
    select(*COLUMNS).where(Job.status == bindparam("status")).order_by(Job.created_at)
)


def test_values_have_the_types_that_the_orm_gives(engine: Engine, workspace: WorkspaceId) -> None:
    job_id = new_job(engine, workspace).job_id

    with workspace_session(engine, workspace) as session:
        (found,) = BY_STATUS.rows(session, status="created")
        row = get_job(session, job_id)
        known = {column.key: getattr(row, column.key) for column in COLUMNS}

    assert found._asdict() == known
    assert isinstance(found.status, JobStatus)
    assert isinstance(found.settings, JobSettings)


def test_what_a_session_has_not_written_yet_is_found(
    engine: Engine, workspace: WorkspaceId
) -> None:
    job_id = new_job(engine, workspace).job_id

    with workspace_session(engine, workspace) as session:
        get_job(session, job_id).status = JobStatus.failed
        assert BY_STATUS.row(session, status="failed").id == job_id


def test_another_workspaces_rows_are_not_found(
    engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    job_id = new_job(engine, workspace).job_id

    with workspace_session(engine, rival) as session:
        assert BY_STATUS.rows(session, status="created") == []
        assert list_job_page(session, JobsWanted(), PageWish()).total == 0
        with pytest.raises(NotFound):
            get_job_facts(session, job_id)


def test_the_same_text_is_run_with_other_values(engine: Engine, workspace: WorkspaceId) -> None:
    texts: set[str] = set()

    def note(*given: Any) -> None:
        texts.add(given[2])

    event.listen(engine, "before_cursor_execute", note)
    with workspace_session(engine, workspace) as session:
        for status in JobStatus:
            list_job_page(session, JobsWanted((status,)), PageWish(page=2))
            list_job_page(session, JobsWanted((status,)), PageWish(page=7, limit=3))
    event.remove(engine, "before_cursor_execute", note)

    assert len([text for text in texts if "source_videos" in text]) == 1


def test_pages_of_all_shapes_lead_through_every_job_once(
    engine: Engine, workspace: WorkspaceId
) -> None:
    jobs = [new_job(engine, workspace).job_id for _ in range(5)]
    wanted = JobsWanted((JobStatus.created, JobStatus.failed))

    for is_descending in (True, False):
        with workspace_session(engine, workspace) as session:
            wishes = [PageWish(page, 2, None, is_descending) for page in (1, 2, 3)]
            numbered = [list_job_page(session, wanted, wish) for wish in wishes]
            second = PageWish(1, 2, numbered[0].following, is_descending)
            after = list_job_page(session, wanted, second)

        found = [row.id for page in numbered for row in page.rows]
        assert found == (jobs[::-1] if is_descending else jobs)
        assert [row.id for row in after.rows] == [row.id for row in numbered[1].rows]
        assert {page.total for page in numbered} == {5}


def test_a_total_is_that_of_the_filters_even_on_an_empty_page(
    engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    new_job(engine, workspace)

    with workspace_session(engine, workspace) as session:
        source = get_job(session, ref.job_id).source_video_id
        of_source = JobsWanted((JobStatus.created,), source_id=source)
        assert list_job_page(session, of_source, PageWish()).total == 1
        assert list_job_page(session, of_source, PageWish(page=9)).total == 1
        assert list_job_page(session, JobsWanted((JobStatus.review,)), PageWish()).total == 0


def test_the_pin_of_a_reading_connection_ends_with_it(
    engine: Engine, workspace: WorkspaceId
) -> None:
    new_job(engine, workspace)

    with member_connection(engine, workspace, UserId(uuid4())) as (connection, role):
        assert role is None
        assert len(BY_STATUS.rows(connection, status="created")) == 1
    with engine.begin() as connection:
        assert BY_STATUS.rows(connection, status="created") == []


def test_what_a_session_within_a_reading_connection_writes_is_kept_with_it(
    engine: Engine, workspace: WorkspaceId
) -> None:
    job_id = JobId(new_job(engine, workspace).job_id)

    with (
        member_connection(engine, workspace, UserId(uuid4())) as (connection, _),
        session_within(connection) as session,
    ):
        get_job(session, job_id).outcome = "seen"
    with workspace_session(engine, workspace) as session:
        assert get_job(session, job_id).outcome == "seen"
