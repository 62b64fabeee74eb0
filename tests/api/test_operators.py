"""Operators: their tokens, the jobs of all workspaces, flags and limits of one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select, update
from starlette.testclient import TestClient

from api.backend import Backend
from cliply.db import run_requests
from cliply.db.jobs import list_events
from cliply.db.models import AuditEntry, JobStep, SourceVideo, Workspace
from cliply.db.session import now, workspace_session
from cliply.db.system import system_session
from cliply.domain.assets import ASSETS
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.errors import Cancelled, SettingsError
from cliply.operations.tokens import SHOWN, make_operator_token
from cliply.services import lifecycle, steps
from cliply.services.step_gate import Asked
from cliply.settings import Settings, load_settings
from tests.rows import new_job

TOKEN = make_operator_token()


@pytest.fixture
def operator(app: FastAPI, backend: Backend, api_settings: Settings) -> TestClient:
    settings = api_settings.model_copy(update={"operator_tokens": ("0" * 64, TOKEN.digest)})
    app.state.backend = replace(backend, settings=settings)
    headers = {"Authorization": f"Bearer {TOKEN.token}"}
    return TestClient(app, headers=headers, raise_server_exceptions=False)


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId, backend: Backend) -> JobRef:
    """A job whose run is at work."""
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        backend.store.put_bytes(session.scalars(select(SourceVideo.object_key)).one(), b"a film")
        (request,) = run_requests.list_open(session, ref.job_id)
        run_requests.mark_drained(session, request, run_id="run-1")
    return ref


def audited(engine: Engine, workspace: WorkspaceId) -> list[AuditEntry]:
    with workspace_session(engine, workspace) as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


@pytest.mark.parametrize(
    "token",
    [None, TOKEN.token + "x", TOKEN.digest, "cliply_operator_"],
    ids=["none", "longer", "its digest", "prefix"],
)
def test_nobody_else_gets_in(operator: TestClient, token: str | None) -> None:
    operator.headers.pop("Authorization")
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    assert operator.get("/api/admin/jobs", headers=headers).status_code == 401


def test_a_tenants_token_is_not_an_operators_and_the_other_way_round(
    operator: TestClient, owner: TestClient
) -> None:
    assert owner.get("/api/admin/jobs").status_code == 401
    assert operator.get("/api/jobs").status_code == 401


def test_without_operators_no_token_is_good(anonymous: TestClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN.token}"}
    assert anonymous.get("/api/admin/jobs", headers=headers).status_code == 401


def test_a_token_in_place_of_its_digest_is_refused_without_being_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPERATOR_TOKENS", TOKEN.token)
    with pytest.raises(SettingsError, match="OPERATOR_TOKENS") as refused:
        load_settings()
    assert TOKEN.token not in str(refused.value)


def test_jobs_of_all_workspaces_are_listed_with_who_works_on_them(
    operator: TestClient, engine: Engine, ref: JobRef, rival: WorkspaceId
) -> None:
    theirs = new_job(engine, rival)
    with workspace_session(engine, ref.workspace_id) as session:
        steps.start_step(session, ref, "scan", "run-1")

    def found(**query: Any) -> dict[str, Any]:
        page = operator.get("/api/admin/jobs", params=query).json()
        return {one["id"]: one for one in page["data"]}

    assert {str(ref.job_id), str(theirs.job_id)} <= set(found(limit=100))
    assert set(found(workspace_id=rival)) == {str(theirs.job_id)}
    assert found(workspace_id=rival, status="failed") == {}
    (step,) = found(workspace_id=ref.workspace_id)[str(ref.job_id)]["running"]
    assert (step["name"], step["worker"]) == ("scan", steps.worker_name())
    assert step["heartbeat_at"] is not None


def test_a_job_is_cancelled_and_tried_again_and_its_members_can_read_who_did_it(
    operator: TestClient, engine: Engine, workspace: WorkspaceId, ref: JobRef
) -> None:
    path = f"/api/admin/jobs/{ref.job_id}"
    cancelled, again = (operator.post(f"{path}/cancel") for _ in range(2))
    key = {"Idempotency-Key": "k"}
    retried, twin = (operator.post(f"{path}/retry", headers=key) for _ in range(2))
    reused = operator.post(f"{path}/unlock", headers=key)

    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    assert again.status_code == 409
    assert (retried.status_code, retried.json()["status"]) == (202, "created")
    assert (twin.content, twin.headers["Idempotent-Replayed"]) == (retried.content, "true")
    assert reused.json()["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    entries = audited(engine, workspace)
    assert [entry.action for entry in entries] == ["job.cancel", "job.retry"]
    assert {entry.details["operator"] for entry in entries} == {TOKEN.digest[:SHOWN]}
    assert all(entry.actor_id is None for entry in entries)


def test_an_unlocked_job_is_taken_from_a_dead_run_and_goes_on_by_another(
    operator: TestClient, engine: Engine, workspace: WorkspaceId, ref: JobRef
) -> None:
    with workspace_session(engine, workspace) as session:
        steps.start_step(session, ref, "source_video", "run-1")
        steps.finish_step(session, ref, "source_video", {})
        steps.start_step(session, ref, "scan", "run-1")
        steps.start_step(session, ref, "listening", "run-1")
        silent = now(session) - timedelta(seconds=61)
        session.execute(update(JobStep).where(JobStep.name == "scan").values(heartbeat_at=silent))
        old = run_requests.list_open(session, ref.job_id)[0]

    answer = operator.post(f"/api/admin/jobs/{ref.job_id}/unlock")

    assert (answer.status_code, answer.json()["let_go"]) == (202, 2)
    assert [step["name"] for step in answer.json()["job"]["running"]] == ["listening"]
    with workspace_session(engine, workspace) as session:
        (request,) = run_requests.list_open(session, ref.job_id)
        assert (request.reason, request.parent_run_id) == ("unlocked", "run-1")
        assert request.assets == [name for name in ASSETS if name != "source_video"]
        event = list_events(session, ref.job_id)[-1]
        assert (event.kind, event.payload["steps"]) == ("repaired", ["scan"])
    with (
        pytest.raises(Cancelled),
        steps.step(engine, ref, "transcript", "run-1", asked=Asked(old.id, "run-1")),
    ):
        pytest.fail("the run that held the job goes on")
    assert audited(engine, workspace)[0].action == "job.unlock"


def test_a_paused_or_ended_job_is_unlocked_and_not_started(
    operator: TestClient, engine: Engine, workspace: WorkspaceId, ref: JobRef
) -> None:
    with workspace_session(engine, workspace) as session:
        lifecycle.pause_job(session, ref.job_id)
    assert operator.post(f"/api/admin/jobs/{ref.job_id}/unlock").json()["let_go"] == 1
    with workspace_session(engine, workspace) as session:
        assert run_requests.list_open(session, ref.job_id) == []


@pytest.mark.parametrize("what", ["retry", "cancel", "unlock"])
def test_a_job_that_is_not_there_is_not_found(operator: TestClient, what: str) -> None:
    assert operator.post(f"/api/admin/jobs/{uuid4()}/{what}").status_code == 404


def test_flags_and_limits_hold_for_one_workspace(
    operator: TestClient, engine: Engine, system_engine: Engine,
    workspace: WorkspaceId, rival: WorkspaceId,
) -> None:  # fmt: skip
    path = f"/api/admin/workspaces/{workspace}"
    flags = operator.put(f"{path}/flags", json={"flags": {"live_streams": True}})
    limits = operator.put(f"{path}/limits", json={"concurrent_jobs": 2})

    assert (flags.status_code, flags.json()) == (200, {"flags": {"live_streams": True}})
    assert (limits.status_code, limits.json()) == (200, {"concurrent_jobs": 2})
    assert operator.get(f"{path}/flags").json() == flags.json()
    assert operator.get(f"{path}/limits").json() == limits.json()
    with system_session(system_engine) as session:
        other = session.get_one(Workspace, rival)
        assert (other.flags, other.concurrent_jobs) == ({}, None)
    actions = [entry.action for entry in audited(engine, workspace)]
    assert actions == ["workspace.flags", "workspace.limits"]
    assert operator.put(f"{path}/limits", json={"concurrent_jobs": None}).status_code == 200


@pytest.mark.parametrize(
    ("what", "wish"),
    [
        ("limits", {"concurrent_jobs": 0}),
        ("limits", {"concurrent_jobs": 10**30}),
        ("limits", {}),
        ("flags", {"flags": {"Bad Name": True}}),
        ("flags", {"flags": {"a": "maybe"}}),
        ("flags", {"flags": {f"f{number}": True for number in range(101)}}),
    ],
)
def test_what_can_not_be_set_changes_nothing(
    operator: TestClient, workspace: WorkspaceId, what: str, wish: Any
) -> None:
    path = f"/api/admin/workspaces/{workspace}/{what}"
    before = operator.get(path).json()
    assert operator.put(path, json=wish).status_code == 422
    assert operator.get(path).json() == before


def test_a_workspace_that_is_not_there_is_not_found(operator: TestClient) -> None:
    for what, wish in (("flags", {"flags": {}}), ("limits", {"concurrent_jobs": 1})):
        path = f"/api/admin/workspaces/{uuid4()}/{what}"
        assert operator.get(path).status_code == 404
        assert operator.put(path, json=wish).status_code == 404
