"""Accounts: who may make one, how often, and leaving for good."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from api.backend import Backend
from cliply.db.system import system_session
from cliply.errors import ErrorCode, Unavailable
from cliply.identity.mail import Mail
from cliply.limits.rules import RateRule, RateState
from tests.api.test_sign_in import PASSWORD, bearer, code, login, new_email, refresh, register


def test_where_only_the_invited_register_an_invitation_is_needed(backend: Backend) -> None:
    settings = backend.settings.model_copy(update={"registration": "invited"})
    client = TestClient(create_app(replace(backend, settings=settings)))
    given = {"email": new_email(), "password": PASSWORD}
    assert code(client.post("/api/auth/register", json=given)) == (403, "INVITATION_INVALID")


class Counted:
    """A limiter that keeps what was counted, and refuses after so many."""

    def __init__(self) -> None:
        self.hits: dict[tuple[str, str], int] = {}

    def hit(self, rule: RateRule, who: str) -> RateState:
        count = self.hits[rule.name, who] = self.hits.get((rule.name, who), 0) + 1
        return RateState(rule, max(0, rule.limit - count), rule.window_s, count <= rule.limit)


def test_sign_ins_and_registrations_are_limited_by_address(backend: Backend) -> None:
    limiter = Counted()
    client = TestClient(create_app(replace(backend, limiter=limiter)), client=("192.0.2.7", 1))
    logins = [login(client, new_email(), "wrong password") for _ in range(6)]
    made = [client.post("/api/auth/register", json={"email": "no"}) for _ in range(4)]
    assert [one.status_code for one in logins] == [401] * 5 + [429]
    assert [one.status_code for one in made] == [422] * 3 + [429]
    assert int(logins[-1].headers["retry-after"]) > 0
    assert limiter.hits == {("login", "address:192.0.2.7"): 6, ("register", "address:192.0.2.7"): 4}


def test_who_leaves_takes_their_account_and_their_own_workspace_along(
    anonymous: TestClient, system_engine: Engine
) -> None:
    email = new_email()
    made = register(anonymous, email)
    headers = bearer(made["tokens"]["access_token"])

    def leave(password: str) -> Any:
        return anonymous.request("DELETE", "/api/me", json={"password": password}, headers=headers)

    assert code(leave("not the password")) == (403, "CREDENTIALS_WRONG")
    assert leave(PASSWORD).status_code == 204
    assert code(anonymous.get("/api/me", headers=headers)) == (401, "TOKEN_INVALID")
    assert code(leave(PASSWORD)) == (401, "TOKEN_INVALID")
    assert code(login(anonymous, email)) == (401, "CREDENTIALS_WRONG")
    gone = refresh(anonymous, made["tokens"]["refresh_token"])
    assert code(gone) == (401, "TOKEN_INVALID")
    at = f"/api/workspaces/{made['workspace']['id']}"
    assert code(anonymous.get(at, headers=headers)) == (404, "NOT_FOUND")
    with system_session(system_engine) as session:
        read = text("select deleted_at is not null from workspaces where id = :id")
        assert session.scalar(read, {"id": UUID(made["workspace"]["id"])}) is True
    register(anonymous, email)


def test_malformed_and_foreign_bodies_have_their_codes(anonymous: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    for name in ("register", "login", "refresh", "logout", "verify", "forgot", "reset"):
        path = f"/api/auth/{name}"
        broken = anonymous.post(path, content=b'{"email": ', headers=headers)
        listed = anonymous.post(path, json=["a"])
        assert code(broken) == (400, "JSON_MALFORMED")
        assert code(listed) == (422, "REQUEST_INVALID")


def test_of_an_odd_user_agent_the_readable_part_is_kept(
    anonymous: TestClient, system_engine: Engine
) -> None:
    headers = {b"User-Agent": b"Mozilla/5.0 \x01\x7f" + b"x" * 1000}
    given = {"email": new_email(), "password": PASSWORD}
    made = anonymous.post("/api/auth/register", json=given, headers=headers)
    with system_session(system_engine) as session:
        read = text("select user_agent from refresh_tokens where user_id = :id")
        kept = session.scalar(read, {"id": made.json()["user"]["id"]})
    assert kept == ("Mozilla/5.0 " + "x" * 1000)[:200]


class BrokenMail:
    """A mail server that is gone."""

    def send(self, mail: Mail) -> None:
        raise Unavailable(ErrorCode.delivery_failed, "The mail server is gone.")


def test_an_account_is_made_even_if_its_mail_can_not_be_sent(backend: Backend) -> None:
    app = create_app(replace(backend, mail=BrokenMail()))
    client = TestClient(app, raise_server_exceptions=False)
    email = new_email()
    register(client, email)
    assert login(client, email).status_code == 200
