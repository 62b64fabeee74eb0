"""Members and invitations: who gets in, as what, and that an owner is always left."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from cliply.db.system import system_session
from cliply.domain.access import Role
from cliply.domain.ids import WorkspaceId
from tests.api.clients import KeptMail, Person, as_person
from tests.api.test_sign_in import bearer, code, new_email, register

Invite = Callable[..., Any]


@pytest.fixture
def at(workspace: WorkspaceId) -> str:
    return f"/api/workspaces/{workspace}"


def test_members_are_listed_with_their_roles_and_nothing_secret(
    at: str, viewer: TestClient, owner: TestClient
) -> None:
    listed = viewer.get(f"{at}/members").json()
    assert [one["role"] for one in listed["data"]] == ["viewer", "owner"]
    assert (listed["total"], listed["pages"]) == (2, 1)
    assert set(listed["data"][0]) == {"user_id", "email", "name", "role", "joined_at"}
    pages = [viewer.get(f"{at}/members", params={"page": n, "limit": 1}).json() for n in (1, 2, 3)]
    assert [len(page["data"]) for page in pages] == [1, 1, 0]


RANKED = [
    (Role.owner, Role.viewer, Role.owner, True),
    (Role.owner, Role.admin, Role.viewer, True),
    (Role.admin, Role.viewer, Role.editor, True),
    (Role.admin, Role.editor, Role.viewer, True),
    (Role.admin, Role.viewer, Role.admin, False),
    (Role.admin, Role.viewer, Role.owner, False),
    (Role.admin, Role.admin, Role.viewer, False),
    (Role.admin, Role.owner, Role.viewer, False),
    (Role.editor, Role.viewer, Role.viewer, False),
]
"""Who changes whom into what, and whether that is allowed."""


def test_roles_are_given_and_taken_by_rank(
    at: str, anonymous: TestClient, member: Callable[[Role], Person]
) -> None:
    member(Role.owner)
    for actor, target, role, is_allowed in RANKED:
        client, other = as_person(anonymous, member(actor)), member(target)
        path = f"{at}/members/{other.user_id}"
        answer = client.patch(path, json={"role": role})
        assert answer.status_code == (200 if is_allowed else 403)
        assert client.get(path).json()["role"] == (role if is_allowed else target)


def test_members_are_removed_by_rank(
    at: str, anonymous: TestClient, member: Callable[[Role], Person]
) -> None:
    for actor in Role:
        client = as_person(anonymous, member(actor))
        paths = [f"{at}/members/{member(target).user_id}" for target in Role]
        expected = {Role.owner: [204] * 4, Role.admin: [204, 204, 403, 403]}.get(actor, [403] * 4)
        assert [client.delete(path).status_code for path in paths] == expected


def test_a_role_is_changed_only_from_the_state_that_was_read(
    at: str, owner: TestClient, member: Callable[[Role], Person]
) -> None:
    path = f"{at}/members/{member(Role.viewer).user_id}"
    tag = owner.get(path).headers["etag"]
    done = owner.patch(path, json={"role": "editor"}, headers={"If-Match": tag})
    assert done.headers["etag"] == owner.get(path).headers["etag"] != tag
    late = owner.patch(path, json={"role": "admin"}, headers={"If-Match": tag})
    assert code(late) == (412, "STALE")
    assert owner.get(path, headers={"If-None-Match": done.headers["etag"]}).status_code == 304


def test_everybody_may_leave_but_the_last_owner(
    at: str, anonymous: TestClient, member: Callable[[Role], Person]
) -> None:
    owner = member(Role.owner)
    for role in (Role.viewer, Role.editor, Role.admin):
        person = member(role)
        client = as_person(anonymous, person)
        assert client.delete(f"{at}/members/{person.user_id}").status_code == 204
        assert client.get(f"{at}/members").status_code == 404
    client, own = as_person(anonymous, owner), f"{at}/members/{owner.user_id}"
    assert code(client.delete(own)) == (409, "LAST_OWNER")
    assert code(client.patch(own, json={"role": "admin"})) == (409, "LAST_OWNER")
    assert client.patch(own, json={"role": "owner"}).status_code == 200
    member(Role.owner)
    assert client.patch(own, json={"role": "admin"}).status_code == 200
    assert client.delete(own).status_code == 204


def test_a_viewer_removes_nobody_else(
    at: str, viewer: TestClient, member: Callable[[Role], Person]
) -> None:
    other = member(Role.viewer)
    assert code(viewer.delete(f"{at}/members/{other.user_id}")) == (403, "NOT_ALLOWED")
    assert code(viewer.delete(f"{at}/members/{uuid4()}")) == (404, "NOT_FOUND")


def test_owners_who_leave_at_once_leave_one_behind(
    at: str, anonymous: TestClient, member: Callable[[Role], Person], system_engine: Engine,
    workspace: WorkspaceId,
) -> None:  # fmt: skip
    """By each of the ways there are: leaving, being lowered, and removing the account."""
    count = text("select count(*) from members where workspace_id = :id and role = 'owner'")
    for _ in range(3):
        owners = [member(Role.owner) for _ in range(4)]

        def leave(number: int) -> int:
            person = owners[number]  # noqa: B023
            client, own = as_person(anonymous, person), f"{at}/members/{person.user_id}"
            if number % 2:
                return client.delete(own).status_code
            return client.patch(own, json={"role": "viewer"}).status_code

        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(leave, range(4)))
        assert statuses.count(409) == 1
        with system_session(system_engine) as session:
            assert session.scalar(count, {"id": workspace}) == 1
            session.execute(text("delete from members where workspace_id = :id"), {"id": workspace})


def test_the_last_owner_can_not_remove_their_account_from_others(
    at: str, anonymous: TestClient, mailbox: KeptMail
) -> None:
    boss, colleague = new_email(), new_email()
    made = register(anonymous, boss)
    headers = bearer(made["tokens"]["access_token"])
    home = f"/api/workspaces/{made['workspace']['id']}"
    wish = {"email": colleague, "role": "editor"}
    assert anonymous.post(f"{home}/invite", json=wish, headers=headers).status_code == 201
    other = register(anonymous, colleague, invitation=mailbox.last_token(colleague))
    leave = {"json": {"password": "four plain words here"}, "headers": headers}

    assert code(anonymous.request("DELETE", "/api/me", **leave)) == (409, "LAST_OWNER")
    raised = anonymous.patch(
        f"{home}/members/{other['user']['id']}", json={"role": "owner"}, headers=headers
    )
    assert raised.status_code == 200
    assert anonymous.request("DELETE", "/api/me", **leave).status_code == 204
    theirs = bearer(other["tokens"]["access_token"])
    listed = anonymous.get(f"{home}/members", headers=theirs).json()["data"]
    assert [one["user_id"] for one in listed] == [other["user"]["id"]]
    log = anonymous.get(f"{home}/audit", headers=theirs).json()["data"]
    assert [entry["action"] for entry in log] == [
        "member.leave", "member.update", "member.join", "invitation.create", "workspace.create",
    ]  # fmt: skip


@pytest.fixture
def invite(at: str, admin: TestClient) -> Invite:
    return lambda email, role="editor", **headers: admin.post(
        f"{at}/invite", json={"email": email, "role": role}, headers=headers
    )


def test_an_invitation_lets_its_address_in_once_as_what_it_says(
    at: str, anonymous: TestClient, admin: TestClient, invite: Invite, mailbox: KeptMail
) -> None:
    email = new_email()
    made = invite(email.upper())
    token = mailbox.last_token(email)
    assert made.status_code == 201
    assert token not in made.text
    assert [one["email"] for one in admin.get(f"{at}/invitations").json()["data"]] == [email]

    thief, guest = register(anonymous), register(anonymous, email)

    def accept(account: Any, token: str) -> Any:
        headers = bearer(account["tokens"]["access_token"])
        return anonymous.post("/api/invitations/accept", json={"token": token}, headers=headers)

    assert code(accept(thief, token)) == (403, "INVITATION_INVALID")
    assert code(accept(guest, "not-one-of-ours")) == (403, "INVITATION_INVALID")
    joined = accept(guest, token)
    assert (joined.status_code, joined.json()["role"]) == (200, "editor")
    assert accept(guest, token).json() == joined.json()
    assert code(accept(thief, token)) == (403, "INVITATION_INVALID")
    me = anonymous.get("/api/me", headers=bearer(guest["tokens"]["access_token"])).json()
    assert [one["role"] for one in me["workspaces"]] == ["owner", "editor"]
    assert me["user"]["is_verified"] is True
    assert admin.get(f"{at}/invitations").json()["total"] == 0
    assert code(invite(email)) == (409, "MEMBER_EXISTS")
    admin.delete(f"{at}/members/{guest['user']['id']}")
    assert code(accept(guest, token)) == (403, "INVITATION_INVALID")


def test_an_invitation_may_be_accepted_while_registering(
    anonymous: TestClient, invite: Invite, mailbox: KeptMail
) -> None:
    email = new_email()
    invite(email)
    token = mailbox.last_token(email)
    given = {"email": new_email(), "password": "four plain words here", "invitation": token}
    stolen = anonymous.post("/api/auth/register", json=given)
    assert code(stolen) == (403, "INVITATION_INVALID")
    made = register(anonymous, email, invitation=token)
    assert made["user"]["is_verified"] is True
    assert len([mail for mail in mailbox.sent if mail.to == email]) == 1


def test_an_invitation_ends_when_withdrawn_replaced_or_old(
    at: str, anonymous: TestClient, admin: TestClient, invite: Invite, mailbox: KeptMail,
    system_engine: Engine,
) -> None:  # fmt: skip
    email = new_email()
    guest = bearer(register(anonymous, email)["tokens"]["access_token"])

    def accept(token: str) -> Any:
        return anonymous.post("/api/invitations/accept", json={"token": token}, headers=guest)

    invite(email)
    replaced = mailbox.last_token(email)
    number = invite(email, "viewer").json()["id"]
    withdrawn = mailbox.last_token(email)
    assert code(accept(replaced)) == (403, "INVITATION_INVALID")
    assert admin.delete(f"{at}/invitations/{number}").status_code == 204
    assert code(admin.delete(f"{at}/invitations/{number}")) == (404, "NOT_FOUND")
    assert code(accept(withdrawn)) == (403, "INVITATION_INVALID")
    invite(email)
    old = mailbox.last_token(email)
    with system_session(system_engine) as session:
        session.execute(
            text("update invitations set expires_at = now() - interval '1 s' where email = :to"),
            {"to": email},
        )
    assert code(accept(old)) == (403, "INVITATION_INVALID")
    assert invite(email).status_code == 201


def test_nobody_invites_above_themselves(
    at: str, owner: TestClient, admin: TestClient, editor: TestClient, invite: Invite
) -> None:
    email = new_email()
    assert code(invite(email, "admin")) == (403, "NOT_ALLOWED")
    assert code(invite(email, "owner")) == (403, "NOT_ALLOWED")
    wish = {"email": email, "role": "owner"}
    assert code(editor.post(f"{at}/invite", json=wish)) == (403, "NOT_ALLOWED")
    made = owner.post(f"{at}/invite", json=wish)
    assert made.status_code == 201
    assert code(invite(email, "viewer")) == (403, "NOT_ALLOWED")
    withdrawn = admin.delete(f"{at}/invitations/{made.json()['id']}")
    assert code(withdrawn) == (403, "NOT_ALLOWED")
    assert code(invite("nobody")) == (422, "EMAIL_INVALID")


def test_twins_with_one_key_invite_once(
    at: str, admin: TestClient, invite: Invite, mailbox: KeptMail
) -> None:
    email, key = new_email(), {"Idempotency-Key": uuid4().hex}
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: invite(email, **key), range(5)))
    assert [one.status_code for one in answers] == [201] * 5
    assert len({one.text for one in answers}) == 1
    assert [mail.to for mail in mailbox.sent] == [email]
    assert code(invite(new_email(), **key)) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_a_demoted_admin_is_held_to_the_new_role_at_once(
    at: str, owner: TestClient, anonymous: TestClient, member: Callable[[Role], Person]
) -> None:
    person = member(Role.admin)
    client = as_person(anonymous, person)
    assert client.get(f"{at}/audit").status_code == 200
    owner.patch(f"{at}/members/{person.user_id}", json={"role": "viewer"})
    assert code(client.get(f"{at}/audit")) == (403, "NOT_ALLOWED")
