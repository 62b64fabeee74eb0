"""Jobs over the API: asked for once, listed, read, and never seen by another workspace."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, func, select, update
from starlette.testclient import TestClient

from cliply.db.models import AuditEntry, Job, RunRequest, SourceVideo
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.domain.media import SourceMedia
from cliply.errors import ErrorCode, MediaError
from cliply.services.jobs import move_job
from cliply.services.steps import fail_step, finish_step, skip_step, start_step
from tests.rows import new_job, new_source, rendered_job

MINUTE = SourceMedia(container="mp4", duration_ms=60_000, size_bytes=1234, bitrate_bps=1000)


@pytest.fixture
def source(engine: Engine, workspace: WorkspaceId) -> SourceVideo:
    """A minute of film."""
    row = new_source(engine, workspace)
    with workspace_session(engine, workspace) as session:
        session.execute(update(SourceVideo).values(media=MINUTE))
    return row


def ask(client: TestClient, source_id: UUID, settings: Any = None, **headers: str) -> Any:
    wish = {"source_id": str(source_id)}
    body = wish if settings is None else wish | {"settings": settings}
    kind = {"Content-Type": "application/json"}
    return client.post("/api/jobs", content=json.dumps(body), headers=kind | headers)


def count(engine: Engine, workspace: WorkspaceId, kind: type) -> int:
    with workspace_session(engine, workspace) as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def code_of(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


def test_a_job_comes_with_its_run_request_and_an_entry_in_the_audit_log(
    editor: TestClient, engine: Engine, workspace: WorkspaceId, source: SourceVideo
) -> None:
    answer = ask(editor, source.id, {"max_clips": 3})

    job = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/jobs/{job['id']}"
    assert (job["status"], job["progress"], job["clips"]["total"]) == ("created", 0.0, 0)
    assert job["settings"]["max_clips"] == 3
    assert job["source"]["duration_ms"] == 60_000
    with workspace_session(engine, workspace) as session:
        assert session.scalars(select(RunRequest)).one().assets == []
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.resource_id) == ("job.create", job["id"])
        row = session.scalars(select(Job)).one()
        assert row.created_by == entry.actor_id


def test_the_same_wish_is_the_same_job(
    editor: TestClient, engine: Engine, workspace: WorkspaceId, source: SourceVideo
) -> None:
    first, again = ask(editor, source.id), ask(editor, source.id, {"max_clips": 5})
    other = ask(editor, source.id, {"max_clips": 6})

    assert [one.status_code for one in (first, again, other)] == [201, 200, 201]
    assert first.json()["id"] == again.json()["id"] != other.json()["id"]
    assert count(engine, workspace, RunRequest) == 2
    assert count(engine, workspace, AuditEntry) == 2


def test_a_key_gives_the_same_answer_again(
    editor: TestClient, engine: Engine, workspace: WorkspaceId, source: SourceVideo
) -> None:
    first = ask(editor, source.id, **{"Idempotency-Key": "k-1"})
    again = ask(editor, source.id, **{"Idempotency-Key": "k-1"})
    other = ask(editor, source.id, {"max_clips": 2}, **{"Idempotency-Key": "k-1"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, code_of(other)) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert count(engine, workspace, Job) == 1


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"max_clips": 21}, "REQUEST_INVALID"),
        ({"max_clips": 10**30}, "REQUEST_INVALID"),
        ({"clip_duration": {"min": 60, "max": 30}}, "REQUEST_INVALID"),
        ({"colour": "red"}, "REQUEST_INVALID"),
        ({"language": "en; drop"}, "REQUEST_INVALID"),
        ({"selection": {"mode": "prompt", "prompt": "a\u0000b"}}, "REQUEST_INVALID"),
        ({"selection": {"mode": "prompt", "prompt": "\ud800 lone"}}, "REQUEST_INVALID"),
        ({"selection": {"mode": "topics"}}, "REQUEST_INVALID"),
        (
            {"selection": {"mode": "spans", "spans": [{"start_ms": 70_000, "end_ms": 90_000}]}},
            "SPAN_INVALID",
        ),
        (
            {"selection": {"mode": "spans", "spans": [{"start_ms": 10**40, "end_ms": 10**41}]}},
            "SPAN_INVALID",
        ),
        ({"edit": {"audio_suite": {"music": {"attachment": "no-such.mp3"}}}}, "ATTACHMENT_MISSING"),
    ],
)
def test_a_wish_that_can_not_be_met_leaves_nothing_behind(
    editor: TestClient,
    engine: Engine,
    workspace: WorkspaceId,
    source: SourceVideo,
    settings: dict[str, Any],
    code: str,
) -> None:
    answer = ask(editor, source.id, settings, **{"Idempotency-Key": "k-2"})

    assert (answer.status_code, code_of(answer)) == (422, code)
    assert count(engine, workspace, Job) == 0
    assert ask(editor, source.id, **{"Idempotency-Key": "k-2"}).status_code == 201


@pytest.mark.parametrize("number", ["NaN", "1e999", "-Infinity"])
def test_numbers_that_are_none_are_refused(
    editor: TestClient, source: SourceVideo, number: str
) -> None:
    body = f'{{"source_id": "{source.id}", "settings": {{"clip_duration": {{"min": {number}}}}}}}'
    answer = editor.post("/api/jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_lists_are_newest_first_and_go_on_while_jobs_come_in(
    viewer: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    made = [new_job(engine, workspace).job_id for _ in range(5)]

    first = viewer.get("/api/jobs?limit=2").json()
    new_job(engine, workspace)
    second = viewer.get(f"/api/jobs?limit=2&after={first['next']}").json()
    last = viewer.get("/api/jobs?limit=2&page=3").json()
    upwards = viewer.get("/api/jobs?limit=2&sort=created_at").json()

    assert ids(first) == [str(made[4]), str(made[3])]
    assert ids(second) == [str(made[2]), str(made[1])]
    assert (first["total"], first["pages"], last["total"]) == (5, 3, 6)
    assert ids(upwards) == [str(made[0]), str(made[1])]
    assert last["next"] is None
    assert first["data"][0]["file_name"] == "talk.mp4"


def ids(page: Any) -> list[str]:
    return [one["id"] for one in page["data"]]


def test_lists_are_narrowed_by_status_time_address_and_source(
    viewer: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    first, second, third = (new_job(engine, workspace).job_id for _ in range(3))
    with workspace_session(engine, workspace) as session:
        move_job(session, first, JobMove.ingest)
        move_job(session, second, JobMove.cancel)
        old = datetime(2020, 1, 1, tzinfo=UTC)
        address = "https://example.com/talk"
        session.execute(
            update(Job).where(Job.id == third).values(created_at=old, source_url=address)
        )
        source_id = session.scalars(select(Job.source_video_id).where(Job.id == second)).one()
    later = (old + timedelta(days=1)).isoformat()

    def found(**query: Any) -> tuple[set[str], int]:
        page = viewer.get("/api/jobs", params=query).json()
        return set(ids(page)), page["total"]

    assert found(status=["ingesting", "cancelled"]) == ({str(first), str(second)}, 2)
    assert found(status="ingesting") == ({str(first)}, 1)
    assert found(since=later) == ({str(first), str(second)}, 2)
    assert found(until=later) == ({str(third)}, 1)
    assert found(source_url=address, status="created") == ({str(third)}, 1)
    assert found(source_id=source_id) == ({str(second)}, 1)
    assert found(status="failed") == (set(), 0)


@pytest.mark.parametrize(
    "query",
    [
        "status=gone", "limit=101", "page=0", "page=99999999999999999999", "after=%00", "after=e30",
        "since=yesterday", "since=2020-01-01", "sort=id", "source_id=1", "source_url=%00",
        "after=dHxub3d8MQ", "limit=1e9",
    ],
)  # fmt: skip
def test_a_list_that_can_not_be_is_refused(viewer: TestClient, query: str) -> None:
    answer = viewer.get(f"/api/jobs?{query}")
    assert (answer.status_code, code_of(answer)) == (422, "REQUEST_INVALID")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_the_calendar_are_times_like_others(viewer: TestClient, moment: str) -> None:
    answer = viewer.get("/api/jobs", params={"since": moment, "until": moment})
    assert (answer.status_code, answer.json()["total"]) == (200, 0)


def test_another_workspaces_job_is_not_found(
    stranger: TestClient, engine: Engine, workspace: WorkspaceId, source: SourceVideo
) -> None:
    ref = new_job(engine, workspace)
    for rest in ("", "/steps", "/events", "/usage", "/transcript"):
        answer = stranger.get(f"/api/jobs/{ref.job_id}{rest}")
        assert (answer.status_code, code_of(answer)) == (404, "NOT_FOUND"), rest
    assert stranger.get("/api/jobs").json()["total"] == 0
    assert ask(stranger, source.id).status_code == 404
    assert stranger.get("/api/jobs", params={"source_id": str(source.id)}).json()["data"] == []


def test_a_viewer_reads_and_does_not_ask(viewer: TestClient, source: SourceVideo) -> None:
    assert ask(viewer, source.id).status_code == 403
    assert viewer.get("/api/jobs").status_code == 200


def test_a_job_tells_how_far_it_is(
    viewer: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        for name in ("source_video", "listening"):
            start_step(session, ref, name, "r1")
            finish_step(session, ref, name, {})
        start_step(session, ref, "scan", "r1")
        skip_step(session, ref, "scan", "There is no picture.")
    before = viewer.get(f"/api/jobs/{ref.job_id}")

    assert before.json()["progress"] == pytest.approx(0.02 + 0.08 + 0.27)
    known = {"If-None-Match": before.headers["ETag"]}
    assert viewer.get(f"/api/jobs/{ref.job_id}", headers=known).status_code == 304


def test_a_job_under_review_has_its_clips_and_is_done(
    viewer: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    ref = rendered_job(engine, workspace, 0, 30_000)

    job = viewer.get(f"/api/jobs/{ref.job_id}").json()

    assert (job["status"], job["progress"]) == ("review", 1.0)
    assert job["clips"] == {"total": 2, "by_status": {"rendered": 2}}


def test_a_failed_job_tells_why(viewer: TestClient, engine: Engine, workspace: WorkspaceId) -> None:
    ref = new_job(engine, workspace)
    error = MediaError(ErrorCode.source_corrupt, "The file is damaged; upload it again.")
    with workspace_session(engine, workspace) as session:
        start_step(session, ref, "source_video", "r1")
        fail_step(session, ref, "source_video", error)
        move_job(session, ref.job_id, JobMove.fail, error=error)

    told = {"code": "SOURCE_CORRUPT", "message": "The file is damaged; upload it again."}
    assert viewer.get(f"/api/jobs/{ref.job_id}").json()["error"] == told
    assert viewer.get("/api/jobs").json()["data"][0]["error"] == told
    (step,) = viewer.get(f"/api/jobs/{ref.job_id}/steps").json()["data"]
    assert (step["status"], step["error"]) == ("failed", told)


def test_steps_tell_what_came_of_them_and_keep_places_in_the_storage_to_themselves(
    viewer: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        start_step(session, ref, "clip/c00", "r1")
        finish_step(session, ref, "clip/c00", {"version": 1, "video_key": "secret/place.mp4"})

    page = viewer.get(f"/api/jobs/{ref.job_id}/steps").json()

    (step,) = page["data"]
    assert (step["name"], step["output"], step["attempts"]) == ("clip/c00", {"version": 1}, 1)
    assert step["seconds"] >= 0
    assert (page["total"], page["pages"], page["next"]) == (1, 1, None)


def test_history_comes_in_order_and_by_pages(
    viewer: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    ref = rendered_job(engine, workspace, 0)

    first = viewer.get(f"/api/jobs/{ref.job_id}/events?limit=4").json()
    rest = viewer.get(f"/api/jobs/{ref.job_id}/events?limit=4&after={first['next']}").json()
    latest = viewer.get(f"/api/jobs/{ref.job_id}/events?limit=1&sort=-created_at").json()

    assert first["total"] == 6
    moved = [event["payload"].get("to") for event in first["data"] + rest["data"]]
    assert moved == [
        None, "ingesting", "analyzing", "clips_generated", "rendering", "review",
    ]  # fmt: skip
    assert latest["data"][0]["payload"]["to"] == "review"


def test_usage_tells_what_is_known(
    viewer: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    spent = {"ranked_by": "groq:m", "requests": 2, "input_tokens": 900, "output_tokens": 80,
             "cost_usd": 0.0004}  # fmt: skip
    with workspace_session(engine, workspace) as session:
        for name, output in (("ranking", spent), ("transcript", {"reused_from": "x"})):
            start_step(session, ref, name, "r1")
            finish_step(session, ref, name, output)

    used = viewer.get(f"/api/jobs/{ref.job_id}/usage").json()

    assert {name: used[name] for name in spent} == spent
    assert [(step["name"], step["is_reused"]) for step in used["steps"]] == [
        ("ranking", False),
        ("transcript", True),
    ]
    assert used["source_seconds"] is None


def test_a_ranking_that_was_reused_cost_nothing(
    viewer: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    spent = {"reused_from": str(uuid4()), "ranked_by": "groq:m", "input_tokens": 900}
    with workspace_session(engine, workspace) as session:
        start_step(session, ref, "ranking", "r1")
        finish_step(session, ref, "ranking", spent)

    used = viewer.get(f"/api/jobs/{ref.job_id}/usage").json()

    assert (used["ranked_by"], used["input_tokens"], used["cost_usd"]) == ("groq:m", 0, None)


def test_twenty_twins_make_one_job(
    editor: TestClient, engine: Engine, system_engine: Engine, workspace: WorkspaceId,
    source: SourceVideo,
) -> None:  # fmt: skip
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: ask(editor, source.id, **{"Idempotency-Key": "t"}), range(20))
        )

    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["id"] for one in answers}) == 1
    with system_session(system_engine) as session:
        of_source = select(func.count()).select_from(Job).where(Job.source_video_id == source.id)
        assert session.scalar(of_source) == 1
    assert count(engine, workspace, RunRequest) == 1
