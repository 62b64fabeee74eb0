"""Who may call what: every role against every route of a workspace."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from cliply.domain.access import ALLOWED, Permission, Role
from tests.api.clients import Person, as_person
from tests.api.routes import Route, routes_of

OPEN = {
    "register", "login", "refresh", "logout", "verify_email", "forgot_password", "reset_password",
    "read_me", "delete_me", "create_workspace", "list_workspaces", "accept_invitation",
    "check_health", "check_readiness", "check_gpu_health",
    "list_all_jobs", "retry_any_job", "cancel_any_job", "unlock_job",
    "read_workspace_flags", "set_workspace_flags", "read_workspace_limits", "set_workspace_limits",
    "send_upload", "read_transfer", "read_file", "head_file",
}  # fmt: skip
"""Operations without a workspace: for everybody, for whoever is signed in, by a signed link, or
for operators."""


ENDS_IT = "delete_workspace"
"""Comes last: it succeeds."""


def test_the_table_of_roles_is_the_specifications() -> None:
    viewer, editor, admin, owner = (ALLOWED[role] for role in Role)
    assert viewer < editor < admin < owner
    assert owner == frozenset(Permission)
    assert owner - admin == {Permission.billing_transfer, Permission.workspace_delete}
    assert all(permission.value.endswith(":read") for permission in viewer)


def test_every_route_needs_a_permission_or_is_named_as_open(app: FastAPI) -> None:
    assert {route.name for route in routes_of(app) if route.permission is None} == OPEN


def test_every_role_may_do_what_its_table_says_and_nothing_else(
    app: FastAPI, anonymous: TestClient, member: Callable[[Role], Person]
) -> None:
    """Ids are nobody's, so what is allowed ends with 404 or 422 at the latest."""
    routes = [route for route in routes_of(app) if route.permission is not None]
    routes.sort(key=lambda route: route.name == ENDS_IT)
    clients = {role: as_person(anonymous, member(role)) for role in Role}
    nobody = TestClient(anonymous.app, raise_server_exceptions=False)
    seen = {}
    for route in routes:
        seen[route] = [
            _status(client, route, person) for role, client in clients.items()
            for person in [client.headers["x-workspace-id"]]
        ]  # fmt: skip
        expected = [route.permission in ALLOWED[role] for role in Role]
        assert [status != 403 for status in seen[route]] == expected, route
        assert all(status < 500 and status != 401 for status in seen[route]), route
        assert _status(nobody, route, uuid4()) == 401, route
    _print(seen)


def _status(client: TestClient, route: Route, workspace: object) -> int:
    ids = {name: uuid4() for name in route.parameters} | {"workspace_id": workspace}
    sent = {} if route.method in {"GET", "HEAD", "DELETE"} else {"json": {}}
    return client.request(route.method, route.at(**ids), **sent).status_code


def _print(seen: dict[Route, list[int]]) -> None:
    print(f"\n{'route':64} {'permission':18} " + " ".join(f"{role.value:>7}" for role in Role))  # noqa: T201
    for route, statuses in seen.items():
        cells = " ".join(f"{status:>7}" for status in statuses)
        print(f"{route.method:6} {route.path:57} {route.permission:18} {cells}")  # noqa: T201


@pytest.mark.parametrize("role", Role)
def test_a_tokens_scopes_narrow_and_never_widen(role: Role) -> None:
    from cliply.domain.access import allows

    for permission in Permission:
        assert allows(role, None, permission) == (permission in ALLOWED[role])
        assert not allows(role, frozenset(), permission)
        everything = frozenset(Permission)
        assert allows(role, everything, permission) == (permission in ALLOWED[role])
