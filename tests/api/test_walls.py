"""Nothing of a workspace is seen or touched from another, through the API or past it."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from starlette.testclient import TestClient

from api.backend import Backend
from cliply.db.models import Row
from cliply.db.policies import NARROWED, SHARED
from cliply.db.session import workspace_session
from cliply.domain.access import Role
from cliply.domain.ids import WorkspaceId
from tests.api.bodies import least_body, least_query
from tests.api.clients import Person, as_person
from tests.api.estate import Estate, settled
from tests.api.routes import Route, routes_of

OWNED = sorted(set(Row.metadata.tables) - set(SHARED) - set(NARROWED))


@pytest.fixture
def estate(
    backend: Backend, system_engine: Engine, workspace: WorkspaceId,
    member: Callable[[Role], Person],
) -> Estate:  # fmt: skip
    """Everything that the test's workspace can own, one of each."""
    return settled(backend, system_engine, workspace, member(Role.owner))


def test_no_route_tells_or_does_anything_with_ids_of_another_workspace(
    app: FastAPI, estate: Estate, stranger: TestClient, system_engine: Engine,
    workspace: WorkspaceId,
) -> None:  # fmt: skip
    """As the owner of another workspace, with bodies that would do for one's own ids."""
    before = _digest(system_engine, workspace)
    walked = _walk(app, estate, stranger, {})
    wrong = {route: status for route, status in walked.items() if status != 404}
    assert wrong == {}
    assert _digest(system_engine, workspace) == before
    asked = {value for route in walked for value in _named(app, route, estate)}
    assert asked == set(estate.ids), "there is something that no request asks for"
    _print(walked)


def test_a_workspace_one_does_not_belong_to_is_not_found_by_its_header(
    app: FastAPI, estate: Estate, stranger: TestClient, workspace: WorkspaceId
) -> None:
    walked = _walk(app, estate, stranger, {"X-Workspace-Id": str(workspace)}, every=True)
    assert set(walked.values()) == {404}


def test_the_same_requests_find_their_things_at_home(
    app: FastAPI, estate: Estate, anonymous: TestClient
) -> None:
    """Otherwise 404 would prove nothing."""
    home = as_person(anonymous, estate.owner)
    missed = {}
    for route in _with_ids(app):
        if route.method == "GET" and _call(app, route, estate, home, {}) == 404:
            missed[route] = 404
    assert set(missed) <= set(), "these reads were not found by their owner either"


def _with_ids(app: FastAPI) -> list[Route]:
    return [one for one in routes_of(app) if one.permission is not None and one.parameters]


def _walk(
    app: FastAPI, estate: Estate, client: TestClient, headers: dict[str, str], every: bool = False
) -> dict[Route, int]:
    routes = [one for one in routes_of(app) if one.permission is not None]
    wanted = [one for one in routes if every or one.parameters or _body_names_ids(app, one, estate)]
    return {route: _call(app, route, estate, client, headers) for route in wanted}


def _body_names_ids(app: FastAPI, route: Route, estate: Estate) -> bool:
    return bool(_named(app, route, estate) - {"workspace_id"})


def _named(app: FastAPI, route: Route, estate: Estate) -> set[str]:
    """Which things of the estate a request names, in its path or body."""
    body = str(least_body(app.openapi(), route, estate.ids))
    in_body = {name for name, value in estate.ids.items() if str(value) in body}
    return in_body | set(route.parameters)


def _call(
    app: FastAPI, route: Route, estate: Estate, client: TestClient, headers: dict[str, str]
) -> int:
    body = least_body(app.openapi(), route, estate.ids)
    sent: dict[str, Any] = {} if body is None else {"json": body}
    query = least_query(app.openapi(), route, estate.ids)
    answer = client.request(
        route.method, route.at(**estate.ids), params=query, headers=headers,
        follow_redirects=False, **sent,
    )  # fmt: skip
    return answer.status_code


def _digest(system_engine: Engine, workspace: WorkspaceId) -> dict[str, str]:
    """What every table has of the workspace."""
    found = {}
    with system_engine.connect() as connection:
        for table in OWNED:
            rows = connection.execute(
                text(f"select t::text from {table} t where workspace_id = :id order by 1"),
                {"id": workspace},
            ).scalars()
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def _print(walked: dict[Route, int]) -> None:
    print(f"\n{'route':70} from another workspace")  # noqa: T201
    for route, status in walked.items():
        print(f"{route.method:6} {route.path:63} {status}")  # noqa: T201


def test_raw_sql_under_the_apps_role_sees_and_changes_nothing_of_another(
    estate: Estate, engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    """Pinned to one workspace, told the other by name in every statement."""
    print(f"\n{'table':26} {'at home':>8} {'seen':>6} {'updated':>8} {'deleted':>8}  inserted")  # noqa: T201
    for table in OWNED:
        with workspace_session(engine, workspace) as session:
            here = session.scalar(text(f"select count(*) from {table}"))
        of_other = f"where workspace_id = '{workspace}'"
        with workspace_session(engine, rival) as session:
            seen = session.scalar(text(f"select count(*) from {table} {of_other}"))
            updated = session.execute(
                text(f"update {table} set workspace_id = '{rival}' {of_other}")
            ).rowcount  # type: ignore[attr-defined]
            deleted = session.execute(text(f"delete from {table} {of_other}")).rowcount  # type: ignore[attr-defined]
        inserted = _insert_refused(engine, rival, table, workspace)
        print(f"{table:26} {here:>8} {seen:>6} {updated:>8} {deleted:>8}  {inserted}")  # noqa: T201
        assert here, f"the estate has no row in {table}, so nothing was tried"
        assert (seen, updated, deleted, inserted) == (0, 0, 0, "refused")


def _insert_refused(engine: Engine, pinned: WorkspaceId, table: str, other: WorkspaceId) -> str:
    """Insert a row for another workspace; only row security may stop it."""
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        workspace_session(engine, pinned) as session,
    ):
        session.execute(text(f"insert into {table} (workspace_id) values ('{other}')"))
    return "refused"


def test_users_are_seen_only_by_those_they_work_with(
    estate: Estate, engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    query = text("select count(*) from users where id = :id")
    with workspace_session(engine, workspace) as session:
        assert session.scalar(query, {"id": estate.owner.user_id}) == 1
    with workspace_session(engine, rival) as session:
        assert session.scalar(query, {"id": estate.owner.user_id}) == 0
    with workspace_session(engine, workspace) as session, pytest.raises(ProgrammingError):
        session.execute(text("select password_hash from users"))


def test_only_the_pinned_workspace_can_be_renamed(
    engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    name = f"Renamed {uuid4().hex}"
    with workspace_session(engine, rival) as session:
        changed = session.execute(text("update workspaces set name = :name"), {"name": name})
        assert changed.rowcount == 1  # type: ignore[attr-defined]
        seen = session.scalars(text("select id from workspaces")).all()
    assert seen == [rival]
