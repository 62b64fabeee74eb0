"""Nothing of one workspace is seen or touched from another, whatever a query forgets."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from cliply.db.models import Job, JobEvent, Row, SourceVideo
from cliply.db.policies import NARROWED, SHARED
from cliply.db.session import workspace_session
from cliply.db.sources import find_source, get_source
from cliply.db.system import system_session
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import JobId, JobRef, SourceId, WorkspaceId
from cliply.domain.jobs import JobEventKind, JobMode, JobSettings, JobStatus
from cliply.errors import NotFound, Unavailable
from tests.rows import new_job, new_source

OWNED = sorted(set(Row.metadata.tables) - set(SHARED) - set(NARROWED))


def test_every_table_has_forced_row_security_or_is_shared(owner_engine: Engine) -> None:
    query = text(
        "select relname, relrowsecurity and relforcerowsecurity, "
        "  exists (select from pg_policy where polrelid = c.oid) "
        "from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    )
    with owner_engine.connect() as connection:
        found = {name: (forced, policy) for name, forced, policy in connection.execute(query)}
    assert set(OWNED) < set(found)
    assert {name for name, state in found.items() if state == (False, True)} == set(NARROWED)
    assert {name for name, (_, policy) in found.items() if not policy} == set(SHARED)


@pytest.mark.parametrize("table", OWNED)
def test_every_owned_table_carries_its_workspace_and_refers_within_it(table: str) -> None:
    for key in Row.metadata.tables[table].foreign_key_constraints:
        assert "workspace_id" in key.column_keys or key.referred_table.name == "users"
    assert not Row.metadata.tables[table].c.workspace_id.nullable


def test_the_app_role_is_under_row_security(engine: Engine) -> None:
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "select current_user, rolsuper, rolbypassrls, rolcreaterole "
                "from pg_roles where rolname = current_user"
            )
        ).one()
    assert tuple(row) == ("cliply_app", False, False, False)


@pytest.mark.parametrize("table", sorted(SHARED))
@pytest.mark.parametrize("verb", ["select * from {}", "delete from {}"])
def test_shared_tables_are_closed_to_the_app(engine: Engine, table: str, verb: str) -> None:
    with (
        engine.connect() as connection,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        connection.execute(text(verb.format(table)))


@pytest.mark.parametrize("table", OWNED)
def test_a_raw_unpinned_connection_sees_nothing(
    database: DatabaseUrls, engine: Engine, workspace: WorkspaceId, table: str
) -> None:
    new_job(engine, workspace)
    raw = create_engine(database.app)
    with raw.connect() as connection:
        assert connection.scalar(text(f"select count(*) from {table}")) == 0
        changed = connection.execute(text(f"delete from {table}"))
        assert changed.rowcount == 0
    raw.dispose()


def test_a_raw_unpinned_connection_inserts_nothing(engine: Engine, workspace: WorkspaceId) -> None:
    with Session(engine) as session:
        session.add(a_source(workspace))
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.flush()


def test_a_pooled_connection_forgets_its_workspace(
    database: DatabaseUrls, workspace: WorkspaceId
) -> None:
    pooled = create_engine(database.app, pool_size=1, max_overflow=0)
    new_job(pooled, workspace)
    with workspace_session(pooled, workspace) as session:
        assert session.scalar(text("select count(*) from jobs")) == 1
        backend = session.scalar(text("select pg_backend_pid()"))
    with pooled.connect() as connection:
        assert connection.scalar(text("select pg_backend_pid()")) == backend
        assert connection.scalar(text("select count(*) from jobs")) == 0
    pooled.dispose()


def test_a_failed_transaction_forgets_its_workspace_too(
    database: DatabaseUrls, workspace: WorkspaceId
) -> None:
    pooled = create_engine(database.app, pool_size=1, max_overflow=0)
    new_job(pooled, workspace)
    with pytest.raises(ZeroDivisionError), workspace_session(pooled, workspace):
        raise ZeroDivisionError
    with pooled.connect() as connection:
        assert connection.scalar(text("select count(*) from jobs")) == 0
    pooled.dispose()


def test_another_workspaces_rows_are_not_found(
    engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    source = new_source(engine, workspace)
    with workspace_session(engine, rival) as session:
        with pytest.raises(NotFound):
            get_source(session, source.id)
        assert find_source(session, source.content_hash, None) is None
        assert session.scalar(text("select count(*) from source_videos")) == 0


def test_a_row_for_another_workspace_is_refused(
    engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        workspace_session(engine, rival) as session,
    ):
        session.add(a_source(workspace))


def test_a_row_can_not_be_given_away(
    engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    new_source(engine, workspace)
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        workspace_session(engine, workspace) as session,
    ):
        session.execute(text("update source_videos set workspace_id = :rival"), {"rival": rival})


def test_a_parent_of_another_workspace_is_refused_even_to_the_system(
    engine: Engine, system_engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    source = new_source(engine, workspace)
    stolen = Job(
        id=JobId(uuid4()),
        workspace_id=rival,
        source_video_id=source.id,
        mode=JobMode.vod,
        status=JobStatus.created,
        settings=JobSettings(),
        request_digest="x",
    )
    with (
        pytest.raises(IntegrityError, match="fk_jobs_source_videos"),
        system_session(system_engine) as session,
    ):
        session.add(stolen)


def test_an_event_can_not_be_added_to_another_workspaces_job(
    engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    ref: JobRef = new_job(engine, workspace)
    with (
        pytest.raises(IntegrityError, match="fk_job_events_jobs"),
        workspace_session(engine, rival) as session,
    ):
        session.add(
            JobEvent(workspace_id=rival, job_id=ref.job_id, kind=JobEventKind.created, payload={})
        )


def test_the_system_sees_every_workspace(
    engine: Engine, system_engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    sources = {new_source(engine, owner).id for owner in (workspace, rival)}
    with system_session(system_engine) as session:
        assert {get_source(session, source_id).id for source_id in sources} == sources


def test_a_system_session_refuses_another_role(engine: Engine) -> None:
    with pytest.raises(ValueError, match="cliply_system"), system_session(engine):
        pytest.fail("opened as another role")


def test_a_database_that_is_gone_is_unavailable(database: DatabaseUrls) -> None:
    gone = create_engine(database.app.set(query={"host": "/nonexistent"}))
    with pytest.raises(Unavailable), workspace_session(gone, WorkspaceId(uuid4())):
        pytest.fail("connected to nothing")


def a_source(workspace: WorkspaceId) -> SourceVideo:
    return SourceVideo(
        id=SourceId(uuid4()),
        workspace_id=workspace,
        object_key="k",
        content_hash=uuid4().hex,
        file_name="talk.mp4",
        size_bytes=1,
    )
