"""Workspaces: made once, renamed with care, deleted for everybody at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from cliply.db.system import system_session
from cliply.domain.access import Role
from cliply.domain.ids import WorkspaceId
from tests.api.clients import Person, as_person


def make(client: TestClient, name: str = "Hive", key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/workspaces", json={"name": name}, headers=headers)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_whoever_makes_a_workspace_owns_it(editor: TestClient) -> None:
    made = make(editor, "  Hive &  Honey ")
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["role"]) == ("Hive & Honey", "owner")
    listed = editor.get("/api/workspaces").json()
    assert (listed["data"][0], listed["total"]) == (made.json(), 2)
    at = f"/api/workspaces/{made.json()['id']}"
    assert editor.get(at).json() == made.json()
    log = editor.get(f"{at}/audit").json()["data"]
    assert [entry["action"] for entry in log] == ["workspace.create"]


def test_a_list_of_workspaces_has_pages(editor: TestClient) -> None:
    made = [make(editor, f"Hive {number}").json()["id"] for number in range(3)]
    first = editor.get("/api/workspaces", params={"limit": 2}).json()
    second = editor.get("/api/workspaces", params={"limit": 2, "after": first["next"]}).json()
    ids = [one["id"] for one in first["data"] + second["data"]]
    assert (first["total"], first["pages"], ids[:3]) == (4, 2, made[::-1])
    assert second["next"] is None


def test_twins_with_one_key_make_one_workspace(editor: TestClient, viewer: TestClient) -> None:
    key = uuid4().hex
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: make(editor, key=key), range(6)))
    assert [one.status_code for one in answers] == [201] * 6
    assert len({one.text for one in answers}) == 1
    assert sorted("idempotent-replayed" in one.headers for one in answers) == [False] + [True] * 5
    assert code(make(editor, "Another", key=key)) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert editor.get("/api/workspaces").json()["total"] == 2
    assert make(viewer, key=key).json()["id"] != answers[0].json()["id"]


def test_the_answer_to_a_key_stays_after_a_rename_and_a_deletion(editor: TestClient) -> None:
    key = uuid4().hex
    first = make(editor, key=key)
    at = f"/api/workspaces/{first.json()['id']}"
    editor.patch(at, json={"name": "Renamed"})
    assert make(editor, key=key).json() == first.json()
    editor.delete(at)
    assert make(editor, key=key).json() == first.json()
    assert editor.get(at).status_code == 404


def test_names_that_deceive_are_refused_and_leave_nothing(editor: TestClient) -> None:
    for name in ("Hive\u202eevih", "Hi\u200bve", "\u200d"):
        assert code(make(editor, name)) == (422, "NAME_INVALID")
    assert code(make(editor, "a\nb")) == (422, "REQUEST_INVALID")
    assert make(editor, "👩\u200d🚀 می\u200cخواهم").status_code == 201
    assert editor.get("/api/workspaces").json()["total"] == 2


def test_a_rename_needs_the_state_that_was_read(
    admin: TestClient, editor: TestClient, workspace: WorkspaceId
) -> None:
    at = f"/api/workspaces/{workspace}"
    tag = admin.get(at).headers["etag"]
    assert admin.get(at, headers={"If-None-Match": tag}).status_code == 304
    done = admin.patch(at, json={"name": "Hive 2"}, headers={"If-Match": tag})
    assert (done.status_code, done.json()["name"]) == (200, "Hive 2")
    assert admin.get(at).headers["etag"] == done.headers["etag"] != tag
    stale = admin.patch(at, json={"name": "Hive 3"}, headers={"If-Match": tag})
    assert code(stale) == (412, "STALE")
    assert code(editor.patch(at, json={"name": "x"})) == (403, "NOT_ALLOWED")
    assert admin.get(at).json()["name"] == "Hive 2"


def test_a_deleted_workspace_lets_nobody_in(
    owner: TestClient, admin: TestClient, workspace: WorkspaceId, system_engine: Engine
) -> None:
    at = f"/api/workspaces/{workspace}"
    wish = {"name": "CI", "scopes": ["workspace:read"]}
    token = admin.post(f"{at}/tokens", json=wish).json()["token"]
    admin.post(f"{at}/invite", json={"email": "new@example.com", "role": "viewer"})
    assert code(admin.delete(at)) == (403, "NOT_ALLOWED")

    assert owner.delete(at).status_code == 204

    program = TestClient(owner.app, headers={"Authorization": f"Bearer {token}"})
    assert code(program.get(at)) == (401, "TOKEN_INVALID")
    for client in (owner, admin):
        assert code(client.get(at)) == (404, "NOT_FOUND")
        assert code(client.delete(at)) == (404, "NOT_FOUND")
        assert client.get("/api/me").json()["workspaces"] == []
    with system_session(system_engine) as session:
        for table in ("members", "invitations", "api_tokens"):
            count = text(f"select count(*) from {table} where workspace_id = :id")
            assert session.scalar(count, {"id": workspace}) == 0
        kept = text(
            "select action from audit_entries where workspace_id = :id order by id desc limit 1"
        )
        assert session.scalar(kept, {"id": workspace}) == "workspace.delete"


def test_the_path_and_the_header_choose_the_workspace(
    anonymous: TestClient, member: Callable[[Role], Person], rival: WorkspaceId
) -> None:
    person = member(Role.viewer)
    client = as_person(anonymous, person)
    other = make(client).json()["id"]
    assert client.get(f"/api/workspaces/{other}").json()["role"] == "owner"
    assert client.get(f"/api/workspaces/{person.workspace_id}").json()["role"] == "viewer"
    for unknown in (rival, uuid4(), "../me"):
        assert client.get(f"/api/workspaces/{unknown}/members").status_code == 404
    for malformed in ("x", "null", "1" * 500):
        assert client.get(f"/api/workspaces/{malformed}/members").status_code == 422


def test_nobody_owns_workspaces_without_end(editor: TestClient, system_engine: Engine) -> None:
    user_id = editor.get("/api/me").json()["user"]["id"]
    make_many = text(
        "with made as (insert into workspaces (id, name)"
        " select gen_random_uuid(), 'Hive' from generate_series(1, 100) returning id)"
        " insert into members (workspace_id, user_id, role) select id, :user, 'owner' from made"
    )
    with system_session(system_engine) as session:
        session.execute(make_many, {"user": user_id})
    assert code(make(editor)) == (409, "CONFLICT")
    assert editor.get("/api/workspaces").json()["total"] == 101
