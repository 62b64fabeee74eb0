"""API tokens and the audit log: what programs may, and what they have done."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from cliply.db.system import system_session
from cliply.domain.access import Role
from cliply.domain.ids import WorkspaceId
from tests.api.clients import Person, as_person
from tests.api.test_sign_in import bearer, code

READS = ["workspace:read", "tokens:read"]


@pytest.fixture
def at(workspace: WorkspaceId) -> str:
    return f"/api/workspaces/{workspace}"


def make(client: TestClient, at: str, scopes: list[str] = READS, **more: Any) -> Any:
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    wish = {"name": "CI", "scopes": scopes, **more}
    return client.post(f"{at}/tokens", json=wish, headers=headers)


def program(client: TestClient, made: Any) -> TestClient:
    """A client that has nothing but the token."""
    return TestClient(
        client.app, headers=bearer(made.json()["token"]), raise_server_exceptions=False
    )


def test_a_token_is_shown_once_and_does_what_its_scopes_say(
    at: str, admin: TestClient, system_engine: Engine
) -> None:
    made = make(admin, at)
    token = made.json()["token"]
    assert made.status_code == 201
    assert (len(token), token[:7]) == (50, "cliply_")
    assert made.json()["prefix"] == token[:12]

    client = program(admin, made)
    assert client.get(at).json()["role"] == "admin"
    assert code(client.patch(at, json={"name": "x"})) == (403, "NOT_ALLOWED")
    assert code(make(client, at)) == (403, "NOT_ALLOWED")
    listed = client.get(f"{at}/tokens")
    assert token not in listed.text
    (one,) = listed.json()["data"]
    assert one["scopes"] == sorted(READS)
    assert datetime.fromisoformat(one["last_used_at"]) > datetime.now(UTC) - timedelta(minutes=1)
    with system_session(system_engine) as session:
        for table in ("api_tokens", "idempotency_keys", "audit_entries"):
            stored = "\n".join(session.scalars(text(f"select t::text from {table} t")))
            assert token[12:] not in stored


def test_the_same_key_shows_the_token_again_and_stores_it_sealed(
    at: str, admin: TestClient, system_engine: Engine
) -> None:
    key = uuid4().hex
    first, again = make(admin, at, key=key), make(admin, at, key=key)
    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["idempotent-replayed"] == "true"
    assert admin.get(f"{at}/tokens").json()["total"] == 1
    with system_session(system_engine) as session:
        stored = session.scalar(
            text("select body from idempotency_keys where key = :key"), {"key": key}
        )
    assert stored
    assert first.json()["token"][12:] not in stored
    assert code(make(admin, at, ["audit:read"], key=key)) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_a_token_may_no_more_than_its_maker(
    at: str, admin: TestClient, owner: TestClient, anonymous: TestClient,
    member: Callable[[Role], Person],
) -> None:  # fmt: skip
    assert code(make(admin, at, ["workspace:delete"])) == (403, "NOT_ALLOWED")
    assert make(owner, at, ["workspace:delete"]).status_code == 201
    maker = program(admin, make(admin, at, ["tokens:write", "jobs:read"]))
    assert code(make(maker, at, ["jobs:read", "jobs:write"])) == (403, "NOT_ALLOWED")
    assert make(maker, at, ["jobs:read"]).status_code == 201

    person = member(Role.admin)
    client = program(admin, make(as_person(anonymous, person), at, ["audit:read"]))
    assert client.get(f"{at}/audit").status_code == 200
    path = f"{at}/members/{person.user_id}"
    owner.patch(path, json={"role": "editor"})
    assert code(client.get(f"{at}/audit")) == (403, "NOT_ALLOWED")
    owner.delete(path)
    assert code(client.get(f"{at}/audit")) == (401, "TOKEN_INVALID")


def test_a_token_gets_in_nowhere_else(at: str, admin: TestClient, rival: WorkspaceId) -> None:
    client = program(admin, make(admin, at, ["workspace:read", "members:write"]))
    other = admin.post("/api/workspaces", json={"name": "Another"}).json()["id"]
    for foreign in (other, rival):
        assert code(client.get(f"/api/workspaces/{foreign}")) == (404, "NOT_FOUND")
    me = client.get("/api/me").json()
    assert [f"/api/workspaces/{one['id']}" for one in me["workspaces"]] == [at]
    assert len(admin.get("/api/me").json()["workspaces"]) == 2
    password = {"password": "whatever it is"}
    refused = [
        client.get("/api/workspaces"),
        client.post("/api/workspaces", json={"name": "x"}),
        client.post("/api/invitations/accept", json={"token": "x"}),
        client.request("DELETE", "/api/me", json=password),
    ]
    assert {code(one) for one in refused} == {(403, "NOT_ALLOWED")}


def test_a_token_does_not_take_its_member_along_by_the_right_to_leave(
    at: str, admin: TestClient, owner: TestClient
) -> None:
    own = admin.get("/api/me").json()["user"]["id"]
    reader = program(admin, make(admin, at, ["workspace:read"]))
    assert code(reader.delete(f"{at}/members/{own}")) == (403, "NOT_ALLOWED")
    assert admin.get(at).status_code == 200


def test_revoked_expired_changed_and_invented_tokens_are_refused(
    at: str, admin: TestClient, system_engine: Engine
) -> None:
    revoked, expired = make(admin, at), make(admin, at, expires_in_days=1)
    for _ in range(2):
        gone = admin.delete(f"{at}/tokens/{revoked.json()['id']}")
        assert gone.status_code == 204
    with system_session(system_engine) as session:
        session.execute(
            text("update api_tokens set expires_at = now() - interval '1 s' where id = :id"),
            {"id": expired.json()["id"]},
        )
    assert code(program(admin, revoked).get(at)) == (401, "TOKEN_REVOKED")
    assert code(program(admin, expired).get(at)) == (401, "TOKEN_EXPIRED")
    changed = admin.get(at, headers=bearer(make(admin, at).json()["token"][:-1] + "!"))
    assert code(changed) == (401, "TOKEN_INVALID")
    assert code(admin.get(at, headers=bearer("cliply_"))) == (401, "TOKEN_INVALID")
    assert code(admin.delete(f"{at}/tokens/{uuid4()}")) == (404, "NOT_FOUND")


def test_wrong_wishes_make_no_token(at: str, admin: TestClient) -> None:
    wrong: list[dict[str, Any]] = [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"expires_in_days": 0},
        {"expires_in_days": 366},
        {"expires_in_days": 10**30},
        {"name": "a\u0000b"},
        {"token": "mine"},
    ]
    for one in wrong:
        answer = admin.post(f"{at}/tokens", json={"name": "CI", "scopes": READS} | one)
        assert code(answer) == (422, "REQUEST_INVALID"), one
    assert admin.get(f"{at}/tokens").json()["total"] == 0


def test_a_token_expires_when_it_is_told_to(at: str, admin: TestClient) -> None:
    def left(**more: Any) -> timedelta | None:
        expires_at = make(admin, at, **more).json()["expires_at"]
        return expires_at and datetime.fromisoformat(expires_at) - datetime.now(UTC)

    assert timedelta(days=89, hours=23) < left() <= timedelta(days=90)
    assert timedelta(days=364, hours=23) < left(expires_in_days=365) <= timedelta(days=365)
    assert left(expires_in_days=None) is None


def test_the_audit_log_tells_who_did_what_from_where(
    at: str, admin: TestClient, editor: TestClient
) -> None:
    began = datetime.now(UTC)
    made = make(admin, at, ["workspace:write"])
    client = program(admin, made)
    sent = client.patch(at, json={"name": "Renamed"}, headers={"X-Request-Id": "my-request-1"})
    assert sent.status_code == 200
    admin.delete(f"{at}/tokens/{made.json()['id']}")

    def log(**which: str) -> list[Any]:
        answer = admin.get(f"{at}/audit", params=which)
        assert answer.status_code == 200, answer.text
        found: list[Any] = answer.json()["data"]
        return found

    revoked, renamed, created = log()
    actions = [one["action"] for one in (created, renamed, revoked)]
    assert actions == ["token.create", "workspace.update", "token.revoke"]
    me = admin.get("/api/me").json()["user"]["id"]
    assert {one["actor_id"] for one in (created, renamed, revoked)} == {me}
    assert (created["token_id"], renamed["token_id"]) == (None, made.json()["id"])
    assert (renamed["request_id"], renamed["details"]) == ("my-request-1", {"name": "Renamed"})
    assert log(action="workspace.update") == [renamed]
    assert log(actor=me) == [revoked, renamed, created]
    assert log(actor=str(uuid4())) == []
    assert log(since=renamed["created_at"]) == [revoked, renamed]
    assert log(until=renamed["created_at"]) == [created]
    assert log(until=began.isoformat()) == []
    assert code(editor.get(f"{at}/audit")) == (403, "NOT_ALLOWED")


def test_wrong_filters_are_refused(at: str, admin: TestClient) -> None:
    for which in (
        {"since": "2026-01-01T00:00:00"},
        {"since": "yesterday"},
        {"action": "x' or 1=1"},
        {"actor": "me"},
        {"page": "0"},
        {"limit": "101"},
    ):
        answer = admin.get(f"{at}/audit", params=which)
        assert code(answer) == (422, "REQUEST_INVALID"), which


def test_the_ends_of_time_are_times(at: str, admin: TestClient) -> None:
    for moment in (
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1970-01-01T00:00:00Z",
    ):
        for name in ("since", "until"):
            answer = admin.get(f"{at}/audit", params={name: moment})
            assert answer.status_code in (200, 422), (name, moment, answer.text)
