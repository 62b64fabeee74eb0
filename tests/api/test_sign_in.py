"""Accounts and sign-ins: who gets in, with what, and for how long."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from cliply.db.system import system_session
from tests.api.clients import KeptMail

PASSWORD = "four plain words here"

Json = dict[str, Any]


def new_email() -> str:
    return f"{uuid4().hex}@example.com"


def register(client: TestClient, email: str | None = None, **more: object) -> Json:
    body = {"email": email or new_email(), "password": PASSWORD, **more}
    answer = client.post("/api/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def login(client: TestClient, email: str, password: str = PASSWORD) -> Any:
    return client.post("/api/auth/login", json={"email": email, "password": password})


def refresh(client: TestClient, token: str) -> Any:
    return client.post("/api/auth/refresh", json={"refresh_token": token})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_who_registers_is_signed_in_and_owns_a_workspace(anonymous: TestClient) -> None:
    made = register(anonymous, name="Ada")
    me = anonymous.get("/api/me", headers=bearer(made["tokens"]["access_token"]))
    assert me.status_code == 200
    assert me.json()["user"] == made["user"]
    assert me.json()["workspaces"] == [made["workspace"]]
    assert (made["workspace"]["name"], made["workspace"]["role"]) == ("Ada", "owner")
    assert made["user"]["is_verified"] is False
    assert made["tokens"]["expires_in_s"] == 900


def test_nothing_that_is_stored_tells_a_password_or_a_token(
    anonymous: TestClient, system_engine: Engine, mailbox: KeptMail
) -> None:
    email = new_email()
    made = register(anonymous, email)
    secrets = [PASSWORD, made["tokens"]["refresh_token"], mailbox.last_token(email)]
    with system_session(system_engine) as session:
        stored = ""
        for table in ("users", "refresh_tokens", "mailed_tokens", "audit_entries"):
            stored += "\n".join(session.scalars(text(f"select t::text from {table} t")))
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in stored
    assert not [secret for secret in secrets if secret in stored]


def test_one_address_is_one_account_however_it_is_written(anonymous: TestClient) -> None:
    name = uuid4().hex
    register(anonymous, f"{name}@example.com")
    for twin in (
        f"{name}@EXAMPLE.com",
        f"{name.upper()}@example.com",
        f" {name}@example.com ",
        f"{name}@ｅxample.com",
        f"{name}@example。com",
    ):
        given = {"email": twin, "password": PASSWORD}
        assert code(anonymous.post("/api/auth/register", json=given)) == (409, "EMAIL_TAKEN")
        assert login(anonymous, twin).status_code == 200


def test_of_twins_that_register_at_once_one_gets_the_account(
    anonymous: TestClient, system_engine: Engine
) -> None:
    given = {"email": new_email(), "password": PASSWORD}
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: anonymous.post("/api/auth/register", json=given), range(4))
        )
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    with system_session(system_engine) as session:
        count = text("select count(*) from users where email = :email")
        assert session.scalar(count, {"email": given["email"]}) == 1


REFUSED: list[tuple[Json, tuple[int, str]]] = [
    ({"email": "nobody"}, (422, "EMAIL_INVALID")),
    ({"email": "а@example.com"}, (422, "EMAIL_INVALID")),
    ({"email": "a\u200b@example.com"}, (422, "EMAIL_INVALID")),
    ({"email": "a\u0000@example.com"}, (422, "EMAIL_INVALID")),
    ({"email": "a@localhost"}, (422, "EMAIL_INVALID")),
    ({"email": "a" * 255 + "@example.com"}, (422, "EMAIL_INVALID")),
    ({"password": "short"}, (422, "PASSWORD_WEAK")),
    ({"password": "Password123"}, (422, "PASSWORD_WEAK")),
    ({"password": "abababababab"}, (422, "PASSWORD_WEAK")),
    ({"password": "x" * 999}, (422, "PASSWORD_WEAK")),
    ({"name": "Ada\u202egro.elpmaxe"}, (422, "NAME_INVALID")),
    ({"name": "Ada\u0000"}, (422, "REQUEST_INVALID")),
    ({"name": "  "}, (422, "REQUEST_INVALID")),
    ({"invitation": "not-one-of-ours"}, (403, "INVITATION_INVALID")),
    ({"role": "owner"}, (422, "REQUEST_INVALID")),
]


def test_a_refused_registration_leaves_nothing_behind(
    anonymous: TestClient, system_engine: Engine
) -> None:
    def counted() -> list[int | None]:
        with system_session(system_engine) as session:
            tables = ("users", "workspaces", "members", "refresh_tokens")
            return [session.scalar(text(f"select count(*) from {one}")) for one in tables]

    before = counted()
    for wrong, expected in REFUSED:
        given = {"email": new_email(), "password": PASSWORD} | wrong
        answer = anonymous.post("/api/auth/register", json=given)
        assert code(answer) == expected, wrong
        assert given["password"] not in answer.text
    assert counted() == before


def test_a_lone_surrogate_is_refused_wherever_it_is(anonymous: TestClient) -> None:
    for name in ("email", "password", "name", "invitation"):
        body = {"email": new_email(), "password": PASSWORD, "name": "Ada", "invitation": "x"}
        content = str({**body, name: "@@"}).replace("'", '"').replace("@@", r"ab\ud800cdefghijk")
        headers = {"Content-Type": "application/json"}
        answer = anonymous.post("/api/auth/register", content=content, headers=headers)
        assert answer.status_code == 422, name


def test_wrong_password_and_unknown_address_can_not_be_told_apart(
    anonymous: TestClient,
) -> None:
    email = new_email()
    register(anonymous, email)
    answers = [
        login(anonymous, email, "not the password"),
        login(anonymous, new_email()),
        login(anonymous, "no address"),
        login(anonymous, email, PASSWORD + "\u0000"),
    ]
    assert {code(one) for one in answers} == {(401, "CREDENTIALS_WRONG")}
    assert len({one.json()["error"]["message"] for one in answers}) == 1


def test_an_unknown_address_takes_as_long_as_a_wrong_password(anonymous: TestClient) -> None:
    """The hash takes nearly all of the time, so without it the ratio would be 10."""
    email = new_email()
    register(anonymous, email)

    def shortest_s(address: str) -> float:
        taken = []
        for _ in range(5):
            began = time.process_time()
            login(anonymous, address, "not the password")
            taken.append(time.process_time() - began)
        return min(taken)

    assert 0.5 < shortest_s(new_email()) / shortest_s(email) < 2


def test_a_password_reads_the_same_from_every_keyboard(anonymous: TestClient) -> None:
    email = new_email()
    register(anonymous, email, password="Zürich im Nebel")
    assert login(anonymous, email, "Zu\u0308rich im Nebel").status_code == 200


def test_an_outdated_hash_is_made_again_at_the_next_sign_in(
    anonymous: TestClient, system_engine: Engine
) -> None:
    from argon2 import PasswordHasher

    email = new_email()
    register(anonymous, email)
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    change = text("update users set password_hash = :new where email = :email")
    with system_session(system_engine) as session:
        session.execute(change, {"new": old, "email": email})
    assert login(anonymous, email).status_code == 200
    with system_session(system_engine) as session:
        read = text("select password_hash from users where email = :email")
        stored = session.scalar(read, {"email": email}) or ""
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert login(anonymous, email).status_code == 200


def test_each_refresh_token_is_good_once_and_its_successor_goes_on(
    anonymous: TestClient,
) -> None:
    first = register(anonymous)["tokens"]["refresh_token"]
    second = refresh(anonymous, first).json()["refresh_token"]
    third = refresh(anonymous, second)
    assert third.status_code == 200
    me = anonymous.get("/api/me", headers=bearer(third.json()["access_token"]))
    assert me.status_code == 200


def test_a_refresh_token_that_comes_twice_ends_its_sign_in_and_no_other(
    anonymous: TestClient,
) -> None:
    email = new_email()
    first = register(anonymous, email)["tokens"]["refresh_token"]
    other = login(anonymous, email).json()["refresh_token"]
    second = refresh(anonymous, first).json()["refresh_token"]

    assert code(refresh(anonymous, first)) == (401, "TOKEN_REUSED")
    assert code(refresh(anonymous, second)) == (401, "TOKEN_REVOKED")
    assert code(refresh(anonymous, first)) == (401, "TOKEN_REVOKED")
    assert refresh(anonymous, other).status_code == 200


def test_of_twins_that_refresh_at_once_exactly_one_wins(
    anonymous: TestClient, system_engine: Engine
) -> None:
    made = register(anonymous)
    token, user_id = made["tokens"]["refresh_token"], made["user"]["id"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: refresh(anonymous, token), range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [401] * 7
    with system_session(system_engine) as session:
        living = text(
            "select count(*) from refresh_tokens where user_id = :id and revoked_at is null"
        )
        assert session.scalar(living, {"id": user_id}) == 0


def test_a_reuse_beside_a_refresh_leaves_no_token_of_the_family_alive(
    anonymous: TestClient, system_engine: Engine
) -> None:
    for _ in range(5):
        made = register(anonymous)
        spent = made["tokens"]["refresh_token"]
        present = refresh(anonymous, spent).json()["refresh_token"]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda token: refresh(anonymous, token), [spent, present]))
        with system_session(system_engine) as session:
            living = text(
                "select count(*) from refresh_tokens where user_id = :id and revoked_at is null"
            )
            assert session.scalar(living, {"id": made["user"]["id"]}) == 0


def test_a_refresh_token_is_good_for_seven_days(
    anonymous: TestClient, system_engine: Engine
) -> None:
    made = register(anonymous)
    age = text(
        "update refresh_tokens set expires_at = expires_at - cast(:by as interval)"
        " where user_id = :id"
    )
    token, user_id = made["tokens"]["refresh_token"], made["user"]["id"]
    with system_session(system_engine) as session:
        session.execute(age, {"by": timedelta(days=6, hours=23), "id": user_id})
    token = refresh(anonymous, token).json()["refresh_token"]
    with system_session(system_engine) as session:
        session.execute(age, {"by": timedelta(days=7), "id": user_id})
    assert code(refresh(anonymous, token)) == (401, "TOKEN_EXPIRED")


def test_who_signs_out_can_not_refresh_and_may_sign_out_twice(anonymous: TestClient) -> None:
    token = register(anonymous)["tokens"]["refresh_token"]
    for _ in range(2):
        assert anonymous.post("/api/auth/logout", json={"refresh_token": token}).status_code == 204
    assert code(refresh(anonymous, token)) == (401, "TOKEN_REVOKED")
    unknown = {"refresh_token": "never-given-out"}
    assert anonymous.post("/api/auth/logout", json=unknown).status_code == 204


def test_a_token_of_another_kind_is_no_refresh_token(anonymous: TestClient) -> None:
    tokens = register(anonymous)["tokens"]
    assert code(refresh(anonymous, "never-given-out")) == (401, "TOKEN_INVALID")
    access = refresh(anonymous, tokens["access_token"])
    assert code(access) == (422, "REQUEST_INVALID")
    as_access = anonymous.get("/api/me", headers=bearer(tokens["refresh_token"]))
    assert code(as_access) == (401, "TOKEN_INVALID")


def test_the_mail_after_registering_verifies_the_address_once(
    anonymous: TestClient, mailbox: KeptMail
) -> None:
    email = new_email()
    made = register(anonymous, email)
    token = {"token": mailbox.last_token(email)}
    assert anonymous.post("/api/auth/verify", json=token).status_code == 204
    me = anonymous.get("/api/me", headers=bearer(made["tokens"]["access_token"]))
    assert me.json()["user"]["is_verified"] is True
    again = anonymous.post("/api/auth/verify", json=token)
    assert code(again) == (401, "TOKEN_INVALID")


def test_a_new_password_by_mail_ends_all_sign_ins(anonymous: TestClient, mailbox: KeptMail) -> None:
    email = new_email()
    before = register(anonymous, email)["tokens"]["refresh_token"]
    asked = anonymous.post("/api/auth/forgot", json={"email": email.upper()})
    token = mailbox.last_token(email)
    weak = anonymous.post("/api/auth/reset", json={"token": token, "password": "short"})
    given = {"token": token, "password": "five other plain words"}
    done = anonymous.post("/api/auth/reset", json=given)
    again = anonymous.post("/api/auth/reset", json=given)

    assert (asked.status_code, done.status_code) == (202, 204)
    assert code(weak) == (422, "PASSWORD_WEAK")
    assert code(again) == (401, "TOKEN_INVALID")
    assert code(refresh(anonymous, before)) == (401, "TOKEN_REVOKED")
    assert code(login(anonymous, email)) == (401, "CREDENTIALS_WRONG")
    assert login(anonymous, email, given["password"]).status_code == 200


def test_asking_for_a_new_password_tells_nobody_who_has_an_account(
    anonymous: TestClient, mailbox: KeptMail
) -> None:
    email = new_email()
    register(anonymous, email)
    mailbox.sent.clear()
    answers = [
        anonymous.post("/api/auth/forgot", json={"email": one})
        for one in (email, new_email(), "no address", "а@example.com")
    ]
    assert {one.status_code for one in answers} == {202}
    assert len({one.text for one in answers}) == 1
    assert [mail.to for mail in mailbox.sent] == [email]


def test_a_mailed_token_is_good_for_its_purpose_and_its_time(
    anonymous: TestClient, mailbox: KeptMail, system_engine: Engine
) -> None:
    email = new_email()
    register(anonymous, email)
    to_verify = mailbox.last_token(email)
    anonymous.post("/api/auth/forgot", json={"email": email})
    earlier = mailbox.last_token(email)
    anonymous.post("/api/auth/forgot", json={"email": email})
    latest = mailbox.last_token(email)

    def reset(token: str) -> tuple[int, str]:
        given = {"token": token, "password": "five other plain words"}
        return code(anonymous.post("/api/auth/reset", json=given))

    assert reset(to_verify) == reset(earlier) == (401, "TOKEN_INVALID")
    with system_session(system_engine) as session:
        session.execute(text("update mailed_tokens set expires_at = now() - interval '1 second'"))
    assert reset(latest) == (401, "TOKEN_EXPIRED")
    assert code(anonymous.post("/api/auth/verify", json={"token": to_verify})) == (
        401,
        "TOKEN_EXPIRED",
    )
