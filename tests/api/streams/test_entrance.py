"""Who may watch a job, and for how long."""

import json
import time
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import Engine, delete
from starlette.testclient import TestClient
from websockets.exceptions import InvalidStatus

from cliply.db.models import Job, JobEvent, JobStep, Member, RunRequest
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import JobRef, WorkspaceId
from tests.api.clients import Person
from tests.api.serving import Served, events, read_all, watch
from tests.rows import new_job

SIGNED_WITH = "a-signing-key-for-tests-only-0001"


def token_for(person: Person, lifetime_s: float) -> str:
    now = int(time.time())
    claims = {"iss": "cliply", "sub": str(person.user_id), "sid": str(uuid4()), "iat": now}
    key = OctKey.import_key(SIGNED_WITH, {"kid": "k1"})
    header = {"alg": "HS256", "kid": "k1", "typ": "at+jwt"}
    return jwt.encode(header, claims | {"exp": now + lifetime_s}, key, algorithms=["HS256"])


def test_another_workspaces_job_is_not_found(
    served: Served, rival_person: Person, job: JobRef
) -> None:
    headers = rival_person.headers | {"Accept": "text/event-stream"}
    answer = httpx.get(f"{served.url}/api/jobs/{job.job_id}/events", headers=headers)
    with watch(served, rival_person.headers, job.job_id) as socket:
        told, code = read_all(socket)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert ([one["type"] for one in told], told[0]["code"], code) == (
        ["closed"], "NOT_FOUND", 4404,
    )  # fmt: skip


def test_the_end_of_a_token_is_told(served: Served, person: Person, job: JobRef) -> None:
    headers = person.headers | {"Authorization": f"Bearer {token_for(person, 2)}"}
    with (
        watch(served, headers, job.job_id) as socket,
        events(served, headers, job.job_id) as by_sse,
    ):
        told, code = read_all(socket)
        sse = [one for one in by_sse if "event" in one]

    assert ([one["type"] for one in told], code) == (["state", "created", "token_expired"], 4401)
    assert [one["event"] for one in sse] == ["state", "created", "token_expired"]
    assert sse[-1]["data"]["code"] == "TOKEN_EXPIRED"


def test_who_is_no_member_any_more_is_told_and_let_go(
    hurried: Served, person: Person, system_engine: Engine, job: JobRef
) -> None:
    with watch(hurried, person.headers, job.job_id) as socket:
        socket.recv()
        with system_session(system_engine) as session:
            session.execute(delete(Member).where(Member.user_id == person.user_id))
        told, code = read_all(socket)
    assert (told[-1]["type"], told[-1]["code"], code) == ("closed", "NOT_FOUND", 4404)


def test_the_end_of_a_jobs_row_ends_its_streams(
    hurried: Served, person: Person, engine: Engine, job: JobRef
) -> None:
    with events(hurried, person.headers, job.job_id) as told:
        assert [next(told).get("event") for _ in range(3)] == [None, "state", "created"]
        with workspace_session(engine, job.workspace_id) as session:
            for kind in (JobEvent, JobStep, RunRequest):
                session.execute(delete(kind).where(kind.job_id == job.job_id))
            session.execute(delete(Job).where(Job.id == job.job_id))
        rest = [one for one in told if "event" in one]
    assert [(one["event"], one["data"]["code"]) for one in rest] == [("closed", "NOT_FOUND")]


def test_an_idle_stream_gives_signs_of_life(hurried: Served, person: Person, job: JobRef) -> None:
    with events(hurried, person.headers, job.job_id) as told:
        seen = [next(told) for _ in range(5)]
    assert [one.get("comment") for one in seen[3:]] == ["still here", "still here"]


def test_one_user_has_so_many_streams_and_no_more(
    hurried: Served, person: Person, job: JobRef
) -> None:
    headers = person.headers | {"Accept": "text/event-stream"}
    url = f"{hurried.url}/api/jobs/{job.job_id}/events"
    with (
        watch(hurried, person.headers, job.job_id) as first,
        events(hurried, person.headers, job.job_id) as second,
    ):
        assert (json.loads(first.recv())["type"], "retry" in next(second)) == ("state", True)
        refused = httpx.get(url, headers=headers)
        with watch(hurried, person.headers, job.job_id) as third:
            told, code = read_all(third)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RATE_LIMITED")
    assert int(refused.headers["Retry-After"]) > 0
    assert (told[0]["code"], code) == ("RATE_LIMITED", 4429)


def test_browsers_show_their_token_in_a_message_or_as_a_protocol(
    served: Served, person: Person, job: JobRef
) -> None:
    token = person.headers["Authorization"].removeprefix("Bearer ")
    workspace = str(person.workspace_id)
    with watch(served, {}, job.job_id) as socket:
        said = {"type": "auth", "token": token, "workspace_id": workspace, "last_event_id": 2**62}
        socket.send(json.dumps(said))
        by_message = json.loads(socket.recv())
        socket.send('{"type":"ping"}')
        pong = json.loads(socket.recv())
    offered: Any = ["cliply.v1", f"cliply.bearer.{token}"]
    query = f"?workspace_id={workspace}"
    with watch(served, {}, job.job_id, query, subprotocols=offered) as socket:
        by_protocol, taken = json.loads(socket.recv()), socket.subprotocol

    assert by_message == by_protocol
    assert by_message["type"] == "state"
    assert pong == {"type": "pong"}
    assert taken == "cliply.v1"


@pytest.mark.parametrize(
    ("said", "code", "closed"),
    [
        ('{"type":"auth","token":"not ours"}', "TOKEN_INVALID", 4401),
        ('{"type":"auth","token":"cliply_nobody"}', "TOKEN_INVALID", 4401),
        ('{"type":"auth","token":""}', "REQUEST_INVALID", 4422),
        ('{"type":"auth"}', "REQUEST_INVALID", 4422),
        ('{"type":"auth","token":"t","last_event_id":-1}', "REQUEST_INVALID", 4422),
        (f'{{"type":"auth","token":"t","last_event_id":{2**63}}}', "REQUEST_INVALID", 4422),
        ("not json \x00", "REQUEST_INVALID", 4422),
        (b"bytes", "REQUEST_INVALID", 4422),
        (None, "NOT_AUTHENTICATED", 4401),
    ],
)  # fmt: skip
def test_who_does_not_show_a_good_token_is_closed(
    hurried: Served, job: JobRef, said: str | bytes | None, code: str, closed: int
) -> None:
    with watch(hurried, {}, job.job_id) as socket:
        if said is not None:
            socket.send(said)
        told, found = read_all(socket)
    assert (told[0]["code"], found) == (code, closed)


@pytest.mark.parametrize(
    ("job_id", "query", "closed"),
    [
        ("nonsense", "", 4404),
        (str(UUID(int=0)), "", 4404),
        (None, "?last_event_id=x", 4422),
        (None, "?last_event_id=9223372036854775808", 4422),
        (None, "?workspace_id=x", 4422),
    ],
)
def test_a_faulty_address_is_closed_with_its_reason(
    served: Served, person: Person, job: JobRef, job_id: str | None, query: str, closed: int
) -> None:
    with watch(served, person.headers, job_id or job.job_id, query) as socket:
        assert read_all(socket)[1] == closed


@pytest.mark.parametrize("last_event_id", ["-1", "x", str(2**63)])
def test_a_faulty_event_id_is_refused(
    anonymous: TestClient, viewer: TestClient, engine: Engine, workspace: WorkspaceId,
    last_event_id: str,
) -> None:  # fmt: skip
    ref = new_job(engine, workspace)
    answer = viewer.get(
        f"/api/jobs/{ref.job_id}/events",
        headers={"Accept": "text/event-stream", "Last-Event-ID": last_event_id},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "REQUEST_INVALID")


def test_pages_of_other_sites_get_no_socket(served: Served, person: Person, job: JobRef) -> None:
    with pytest.raises(InvalidStatus) as refused:
        watch(served, person.headers, job.job_id, origin="https://evil.example")  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


def test_whatever_else_is_said_ends_the_socket(served: Served, person: Person, job: JobRef) -> None:
    with watch(served, person.headers, job.job_id) as socket:
        socket.send('{"type":"rm"}')
        told, code = read_all(socket)
    assert (told[-1]["code"], code) == ("REQUEST_INVALID", 4422)
