"""Jobs of links over the API: refused early, asked for once, shown before they were fetched."""

from typing import Any

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from cliply.db.models import AuditEntry
from cliply.db.session import workspace_session
from cliply.domain.ids import JobId, WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.services.jobs import move_job

SHARED = "https://youtu.be/aqz-KE-bpKQ?si=AbC123"
KEPT = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"


def ask(client: TestClient, url: str, **more: Any) -> Any:
    return client.post("/api/jobs", json={"source_url": url, **more})


def test_a_job_of_a_link_is_shown_before_its_video_is_there(
    editor: TestClient, viewer: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    answer = ask(editor, SHARED, settings={"max_clips": 2}, urgency="high")

    job = answer.json()
    listed = viewer.get("/api/jobs").json()
    usage = viewer.get(f"/api/jobs/{job['id']}/usage").json()
    with workspace_session(engine, workspace) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "job.create")).one()
    assert answer.status_code == 201
    assert (job["source_url"], job["source_id"], job["file_name"]) == (KEPT, None, None)
    assert (job["source"], job["progress"], job["urgency"]) == (None, 0.0, "high")
    assert viewer.get(f"/api/jobs/{job['id']}").json() == job
    assert [one["id"] for one in listed["data"]] == [job["id"]]
    assert listed["total"] == 1
    assert usage["source_bytes"] == 0
    assert entry.details["source_url"] == SHARED


def test_a_link_is_found_however_it_is_written(editor: TestClient) -> None:
    job_id = ask(editor, KEPT).json()["id"]

    found = editor.get("/api/jobs", params={"source_url": SHARED}).json()

    assert [one["id"] for one in found["data"]] == [job_id]


def test_a_link_that_is_worked_on_is_answered_with_its_job_unless_forced(
    editor: TestClient, stranger: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    first = ask(editor, SHARED)
    again = ask(editor, KEPT)
    forced = ask(editor, KEPT, force=True)

    assert (first.status_code, again.status_code, forced.status_code) == (201, 200, 201)
    assert again.json()["id"] == first.json()["id"]
    assert forced.json()["id"] != first.json()["id"]
    for job in (first, forced):
        with workspace_session(engine, workspace) as session:
            move_job(session, JobId(job.json()["id"]), JobMove.cancel)
    assert ask(editor, KEPT).status_code == 201


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://evil.example/v", "LINK_NOT_ALLOWED"),
        ("https://www.youtube.com.evil.example/v", "LINK_NOT_ALLOWED"),
        ("http://www.youtube.com/watch?v=aqz-KE-bpKQ", "ADDRESS_REFUSED"),
        ("https://127.0.0.1/v", "ADDRESS_REFUSED"),
        ("https://www.youtube.com:8443/v", "ADDRESS_REFUSED"),
        ("https://user@www.youtube.com/v", "ADDRESS_REFUSED"),
        ("file:///etc/passwd", "ADDRESS_REFUSED"),
        ("https://www.youtube.com\\@evil.example/", "LINK_INVALID"),
        ("https://www.youtube.com/a\nb", "LINK_INVALID"),
        ("", "LINK_INVALID"),
        ("https://www.youtube.com/\x00", "REQUEST_INVALID"),
        ("https://www.youtube.com/" + "a" * 2000, "REQUEST_INVALID"),
    ],
)
def test_a_link_that_is_not_taken_is_refused_with_its_reason(
    url: str, code: str, editor: TestClient
) -> None:
    answer = ask(editor, url)

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == code
    assert editor.get("/api/jobs").json()["total"] == 0


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"source_url": KEPT, "source_id": "10ca1000-0000-4000-8000-000000000001"},
        {"source_url": 5},
        {"source_url": KEPT, "force": "perhaps"},
    ],
)
def test_exactly_one_source_is_named(wish: dict[str, Any], editor: TestClient) -> None:
    answer = editor.post("/api/jobs", json=wish)

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "REQUEST_INVALID"
