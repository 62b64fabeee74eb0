"""Jobs as people drive them over the API: cancelled, paused, resumed, tried again, deleted."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from api.backend import Backend
from cliply.db import run_requests
from cliply.db.models import AuditEntry, Job, JobRemoval, RunRequest, SourceVideo
from cliply.db.session import workspace_session
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.errors import CliplyError, ErrorCode
from cliply.services import phases, steps
from tests.rows import new_job, new_source

BROKEN = CliplyError(ErrorCode.source_corrupt, "The file is broken.")


@pytest.fixture
def job_id(engine: Engine, workspace: WorkspaceId, backend: Backend) -> UUID:
    """A job whose source is in the storage."""
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        backend.store.put_bytes(session.scalars(select(SourceVideo.object_key)).one(), b"a film")
    return ref.job_id


def failed(engine: Engine, workspace: WorkspaceId, job_id: UUID) -> None:
    """Its run ended in the step `transcript`."""
    ref = JobRef(workspace, JobId(job_id))
    with workspace_session(engine, workspace) as session:
        (request,) = run_requests.list_open(session, ref.job_id)
        run_requests.mark_drained(session, request, run_id="run-1")
    with steps.step(engine, ref, "source_video", "run-1"):
        pass
    with pytest.raises(CliplyError), steps.step(engine, ref, "transcript", "run-1"):
        raise BROKEN
    phases.close_run(engine, ref, "run-1", cancelled=False, otherwise=BROKEN)


def do(client: TestClient, job_id: UUID, what: str, **sent: Any) -> Any:
    return client.post(f"/api/jobs/{job_id}/{what}", **sent)


def code_of(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


def audited(engine: Engine, workspace: WorkspaceId) -> list[str]:
    with workspace_session(engine, workspace) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_job_is_paused_resumed_and_cancelled(
    editor: TestClient, engine: Engine, workspace: WorkspaceId, job_id: UUID
) -> None:
    paused, again = do(editor, job_id, "pause"), do(editor, job_id, "pause")
    assert (paused.status_code, paused.json()["is_paused"]) == (202, True)
    assert (again.status_code, code_of(again)) == (409, "JOB_STATE_WRONG")

    resumed, again = do(editor, job_id, "resume"), do(editor, job_id, "resume")
    assert (resumed.status_code, resumed.json()["is_paused"]) == (202, False)
    assert (again.status_code, code_of(again)) == (409, "JOB_STATE_WRONG")

    cancelled, again = do(editor, job_id, "cancel"), do(editor, job_id, "cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    assert (again.status_code, code_of(again)) == (409, "JOB_STATE_WRONG")

    assert audited(engine, workspace) == ["job.pause", "job.resume", "job.cancel"]
    kinds = [one["kind"] for one in editor.get(f"/api/jobs/{job_id}/events").json()["data"]]
    assert kinds == ["created", "paused", "resumed", "moved"]


def test_a_failed_job_is_tried_again_once_for_one_key(
    editor: TestClient, engine: Engine, workspace: WorkspaceId, job_id: UUID
) -> None:
    failed(engine, workspace, job_id)
    key = {"Idempotency-Key": "again"}

    first, twin = (do(editor, job_id, "retry", headers=key) for _ in range(2))
    later = do(editor, job_id, "retry")

    assert (first.status_code, first.json()["status"]) == (202, "created")
    assert twin.content == first.content
    assert (later.status_code, code_of(later)) == (409, "JOB_STATE_WRONG")
    with workspace_session(engine, workspace) as session:
        assert len(session.scalars(select(RunRequest)).all()) == 2


def test_a_full_queue_tells_when_to_try_again(
    app: FastAPI,
    editor: TestClient,
    engine: Engine,
    workspace: WorkspaceId,
    job_id: UUID,
    backend: Backend,
) -> None:
    failed(engine, workspace, job_id)
    new_job(engine, workspace)
    settings = backend.settings.model_copy(update={"queued_jobs": 1})
    app.state.backend = replace(backend, settings=settings)

    answer = do(editor, job_id, "retry")

    assert (answer.status_code, code_of(answer)) == (429, "JOBS_FULL")
    assert int(answer.headers["retry-after"]) > 0
    assert editor.get(f"/api/jobs/{job_id}").json()["status"] == "failed"
    assert audited(engine, workspace) == []


def test_one_step_is_tried_again(
    editor: TestClient, engine: Engine, workspace: WorkspaceId, job_id: UUID
) -> None:
    failed(engine, workspace, job_id)

    unknown = do(editor, job_id, "retry", json={"step": "no such step"})
    done = do(editor, job_id, "retry", json={"step": "source_video"})
    odd = do(editor, job_id, "retry", json={"step": "a\u0000b"})
    right = do(editor, job_id, "retry", json={"step": "transcript"})

    assert [one.status_code for one in (unknown, done, odd, right)] == [404, 409, 422, 202]
    with workspace_session(engine, workspace) as session:
        request = session.scalars(select(RunRequest).where(RunRequest.reason == "retried")).one()
        assert "transcript" in request.assets
        assert "source_video" not in request.assets
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.details) == ("job.retry", {"step": "transcript"})


def test_a_job_whose_source_is_gone_is_not_tried_again(
    editor: TestClient, engine: Engine, workspace: WorkspaceId, job_id: UUID, backend: Backend
) -> None:
    failed(engine, workspace, job_id)
    with workspace_session(engine, workspace) as session:
        backend.store.delete([session.scalars(select(SourceVideo.object_key)).one()])

    answer = do(editor, job_id, "retry")

    assert (answer.status_code, code_of(answer)) == (409, "SOURCE_EXPIRED")
    assert editor.get(f"/api/jobs/{job_id}").json()["status"] == "failed"
    assert audited(engine, workspace) == []


def test_a_deleted_job_is_gone_and_its_leftovers_are_noted(
    editor: TestClient, engine: Engine, workspace: WorkspaceId, job_id: UUID
) -> None:
    failed(engine, workspace, job_id)

    gone, again = (editor.delete(f"/api/jobs/{job_id}") for _ in range(2))

    assert (gone.status_code, gone.content, again.status_code) == (204, b"", 404)
    assert editor.get(f"/api/jobs/{job_id}").status_code == 404
    assert editor.get("/api/jobs").json()["total"] == 0
    with workspace_session(engine, workspace) as session:
        left = session.scalars(select(JobRemoval)).one()
        assert (left.job_id, left.run_ids) == (job_id, ["run-1"])
    assert audited(engine, workspace) == ["job.delete"]


def test_a_viewer_may_do_none_of_it(viewer: TestClient, job_id: UUID) -> None:
    for what in ("cancel", "pause", "resume", "retry"):
        assert do(viewer, job_id, what).status_code == 403
    assert viewer.delete(f"/api/jobs/{job_id}").status_code == 403


@pytest.mark.parametrize("what", ["cancel", "pause", "resume", "retry"])
def test_a_job_of_another_workspace_is_not_found(
    stranger: TestClient, engine: Engine, workspace: WorkspaceId, job_id: UUID, what: str
) -> None:
    assert do(stranger, job_id, what).status_code == 404
    assert do(stranger, uuid4(), what).status_code == 404
    assert stranger.delete(f"/api/jobs/{job_id}").status_code == 404
    with workspace_session(engine, workspace) as session:
        job = session.scalars(select(Job)).one()
        assert (job.status, job.paused_at) == ("created", None)


def test_urgency_goes_to_the_job_and_to_its_run(
    editor: TestClient, engine: Engine, workspace: WorkspaceId, tmp_path: Path
) -> None:
    wish = {"source_id": str(new_source(engine, workspace).id)}
    made = editor.post("/api/jobs", json=wish | {"urgency": "high"})
    odd = editor.post("/api/jobs", json=wish | {"urgency": 9})
    usual = editor.post("/api/jobs", json=wish | {"settings": {"auto_render": False}})

    assert (made.status_code, made.json()["urgency"]) == (201, "high")
    assert odd.status_code == 422
    assert (usual.json()["urgency"], usual.json()["settings"]["auto_render"]) == ("normal", False)
    listed = editor.get("/api/jobs").json()["data"]
    assert [(one["urgency"], one["is_paused"], one["archived_at"]) for one in listed] == [
        ("normal", False, None), ("high", False, None),
    ]  # fmt: skip
    with workspace_session(engine, workspace) as session:
        asked = session.scalars(select(RunRequest).order_by(RunRequest.created_at)).all()
        assert [one.priority for one in asked] == [5, 0]
        assert "clip/c00" not in asked[1].assets
        assert asked[1].assets != []


def test_steps_tell_tenants_nothing_of_the_machine(
    editor: TestClient, engine: Engine, workspace: WorkspaceId, job_id: UUID
) -> None:
    failed(engine, workspace, job_id)
    told = editor.get(f"/api/jobs/{job_id}/steps").text
    assert steps.worker_name() not in told
    assert "worker" not in told
