"""Announcing, confirming and giving up uploads."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, select
from starlette.testclient import TestClient

from api.backend import Backend
from cliply.db.models import AuditEntry, SourceVideo, Upload
from cliply.db.models.uploads import UploadStatus
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import WorkspaceId
from tests.media.synthesis import Shot, Sound, compose, silence, solid

GIB = 1024**3


def wish(**other: object) -> dict[str, object]:
    return {"file_name": "talk.mp4", "content_type": "video/mp4", "size_bytes": 1000, **other}


def announce(client: TestClient, content: bytes, **other: object) -> dict[str, object]:
    answer = client.post("/api/upload/presign", json=wish(size_bytes=len(content), **other))
    assert answer.status_code == 201, answer.text
    return answer.json()


def send(client: TestClient, link: dict[str, object], content: bytes) -> None:
    path = str(link["url"]).removeprefix("http://127.0.0.1:8070")
    answer = client.put(path, content=content, headers=link["headers"])
    assert answer.status_code == 200, answer.text


def uploaded(client: TestClient, content: bytes, **other: object) -> str:
    link = announce(client, content, **other)
    send(client, link, content)
    return str(link["upload_id"])


def confirm(client: TestClient, upload_id: str, transcript_id: str | None = None, **headers: str):
    body = {"upload_id": upload_id, "transcript_upload_id": transcript_id}
    return client.post("/api/upload/confirm", json=body, headers=headers)


def code_of(answer) -> str:
    return answer.json()["error"]["code"]


def sources(engine: Engine, workspace: WorkspaceId) -> int:
    with workspace_session(engine, workspace) as session:
        return session.scalar(select(func.count()).select_from(SourceVideo))


def stored(backend: Backend, workspace: WorkspaceId) -> list[str]:
    """What lies in the workspace, partial files too."""
    folder = backend.store.partial_folder / workspace.hex
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_uploaded_video_becomes_a_source(
    editor: TestClient, talk: Path, backend: Backend, workspace: WorkspaceId
) -> None:
    content = talk.read_bytes()
    upload_id = uploaded(editor, content)
    answer = confirm(editor, upload_id)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["status"] == "confirmed"
    assert told["source"]["media"]["duration_ms"] == pytest.approx(12_000, abs=50)
    assert told["received_bytes"] == len(content)
    with workspace_session(backend.engine, workspace) as session:
        source = session.scalars(select(SourceVideo)).one()
        assert str(source.id) == told["source"]["source_id"]
        assert source.file_name == "talk.mp4"
        assert source.media is not None
    assert backend.store.get_bytes(source.object_key) == content
    assert stored(backend, workspace) == [f"sources/{source.id.hex}/source.mp4"]


def test_confirming_twice_answers_the_same_and_is_recorded_once(
    editor: TestClient, talk: Path, engine: Engine, workspace: WorkspaceId
) -> None:
    upload_id = uploaded(editor, talk.read_bytes())
    first, second = confirm(editor, upload_id), confirm(editor, upload_id)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    with workspace_session(engine, workspace) as session:
        entries = select(AuditEntry).where(AuditEntry.action == "upload.confirm")
        assert len(session.scalars(entries).all()) == 1


def test_two_confirmations_at_once_do_the_work_once(
    editor: TestClient, talk: Path, engine: Engine, workspace: WorkspaceId
) -> None:
    upload_id = uploaded(editor, talk.read_bytes())
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: confirm(editor, upload_id), range(3)))
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.text for answer in answers}) == 1
    assert sources(engine, workspace) == 1


def test_an_idempotency_key_replays_the_confirmation_and_refuses_another(
    editor: TestClient, talk: Path
) -> None:
    upload_id = uploaded(editor, talk.read_bytes())
    other_id = announce(editor, b"x" * 10)["upload_id"]
    key = {"Idempotency-Key": "confirm-1"}
    first, again = confirm(editor, upload_id, **key), confirm(editor, upload_id, **key)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = confirm(editor, str(other_id), **key)
    assert (other.status_code, code_of(other)) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_an_idempotency_key_announces_one_upload(
    editor: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    key = {"Idempotency-Key": "announce-1"}
    answers = [editor.post("/api/upload/presign", json=wish(), headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    with workspace_session(engine, workspace) as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 1


def test_the_same_file_again_is_the_same_source(
    editor: TestClient, talk: Path, backend: Backend, workspace: WorkspaceId
) -> None:
    content = talk.read_bytes()
    facts = [confirm(editor, uploaded(editor, content)).json()["source"] for _ in range(2)]
    assert facts[0] == facts[1]
    assert len(stored(backend, workspace)) == 1


def test_a_transcript_comes_with_its_media(
    editor: TestClient, talk: Path, backend: Backend, workspace: WorkspaceId
) -> None:
    media_id = uploaded(editor, talk.read_bytes())
    words = talk.with_suffix(".srt").read_bytes()
    transcript_id = uploaded(
        editor, words, kind="transcript", content_type="application/x-subrip", file_name="a.srt"
    )
    answer = confirm(editor, media_id, transcript_id)
    assert answer.status_code == 201, answer.text
    with workspace_session(backend.engine, workspace) as session:
        source = session.scalars(select(SourceVideo)).one()
    assert backend.store.get_bytes(str(source.transcript_key)) == words
    assert code_of(confirm(editor, media_id)) == "CONFLICT"


def test_a_faulty_transcript_is_rejected_and_the_media_are_not(
    editor: TestClient, talk: Path
) -> None:
    media_id = uploaded(editor, talk.read_bytes())
    transcript_id = uploaded(
        editor, b"no words", kind="transcript", content_type="text/plain", file_name="notes.srt"
    )
    refused, again = (confirm(editor, media_id, transcript_id) for _ in range(2))
    assert refused.status_code == again.status_code == 422
    assert code_of(refused) == code_of(again)
    assert code_of(refused).startswith("TRANSCRIPT_")
    assert "notes.srt" in refused.json()["error"]["message"]
    assert confirm(editor, media_id).status_code == 201


def short_video(folder: Path) -> bytes:
    path = folder / "short.mp4"
    compose(path, [Shot(2.0, solid(1, 2, 3))], [Sound(silence(2.0).samples)])
    return path.read_bytes()


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("text", "SOURCE_NOT_MEDIA"),
        ("short", "SOURCE_TOO_SHORT"),
        ("cut", "SOURCE_TRUNCATED"),
    ],
)
def test_what_is_no_good_is_refused_with_a_reason_and_leaves_nothing(
    case: str,
    code: str,
    editor: TestClient,
    talk: Path,
    tmp_path: Path,
    backend: Backend,
    workspace: WorkspaceId,
) -> None:
    whole = talk.read_bytes()
    contents = {
        "text": b"just words, " * 100,
        "short": short_video(tmp_path),
        "cut": whole[: len(whole) // 2],
    }
    upload_id = uploaded(editor, contents[case], file_name="my film.mp4")
    first, again = confirm(editor, upload_id), confirm(editor, upload_id)
    assert (first.status_code, code_of(first)) == (422, code)
    assert first.json()["error"]["message"] == again.json()["error"]["message"]
    assert "my film.mp4" in first.json()["error"]["message"]
    assert upload_id.replace("-", "") not in first.text
    state = editor.get(f"/api/upload/{upload_id}").json()
    assert (state["status"], state["error"]["code"]) == ("rejected", code)
    assert stored(backend, workspace) == []
    assert sources(backend.engine, workspace) == 0


def test_confirming_without_the_bytes_says_how_many_are_missing(editor: TestClient) -> None:
    link = announce(editor, b"x" * 500)
    answer = confirm(editor, str(link["upload_id"]))
    assert (answer.status_code, code_of(answer)) == (422, "UPLOAD_INCOMPLETE")
    assert "0 of 500 bytes" in answer.json()["error"]["message"]
    assert editor.get(f"/api/upload/{link['upload_id']}").json()["status"] == "waiting"


def test_confirming_what_was_never_announced_is_not_found(editor: TestClient) -> None:
    assert confirm(editor, str(uuid4())).status_code == 404


def test_an_upload_expires(editor: TestClient, system_engine: Engine) -> None:
    link = announce(editor, b"x" * 10)
    with system_session(system_engine) as session:
        row = session.scalars(select(Upload).where(Upload.id == link["upload_id"])).one()
        row.expires_at = row.created_at
    answer = confirm(editor, str(link["upload_id"]))
    assert (answer.status_code, code_of(answer)) == (422, "UPLOAD_EXPIRED")
    sent = editor.put(str(link["url"]), content=b"x" * 10, headers=link["headers"])
    assert (sent.status_code, code_of(sent)) == (422, "UPLOAD_EXPIRED")


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"size_bytes": 2 * GIB + 1}, 413, "UPLOAD_TOO_LARGE"),
        ({"kind": "brand", "content_type": "image/png", "size_bytes": GIB}, 413,
         "UPLOAD_TOO_LARGE"),
        ({"content_type": "application/zip"}, 415, "UPLOAD_TYPE_UNSUPPORTED"),
        ({"content_type": "image/png"}, 415, "UPLOAD_TYPE_UNSUPPORTED"),
        ({"kind": "transcript"}, 415, "UPLOAD_TYPE_UNSUPPORTED"),
        ({"size_bytes": 0}, 422, "REQUEST_INVALID"),
        ({"size_bytes": 2**70}, 422, "REQUEST_INVALID"),
        ({"content_type": "video/mp4\r\nX: 1"}, 422, "REQUEST_INVALID"),
        ({"kind": "malware"}, 422, "REQUEST_INVALID"),
        ({"file_name": "a\0b.mp4"}, 422, "REQUEST_INVALID"),
        ({"file_name": "x" * 300}, 422, "REQUEST_INVALID"),
        ({"file_name": "\u202e"}, 422, "REQUEST_INVALID"),
        ({"object_key": "mine"}, 422, "REQUEST_INVALID"),
    ],
)  # fmt: skip
def test_what_will_not_be_taken_is_refused_before_it_is_sent(
    other: dict[str, object],
    status: int,
    code: str,
    editor: TestClient,
    engine: Engine,
    workspace: WorkspaceId,
) -> None:
    answer = editor.post("/api/upload/presign", json=wish(**other))
    assert (answer.status_code, code_of(answer)) == (status, code)
    with workspace_session(engine, workspace) as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "../../etc/passwd"),
        ("C:\\film.MP4", "C:\\film.MP4"),
        ("cod\u202egpj.mp4", "codgpj.mp4"),
        (".." + "/.." * 30 + "/x.mp4", ".." + "/.." * 30 + "/x.mp4"),
        ("фильм.mp4;rm -rf", "фильм.mp4;rm -rf"),
    ],
)
def test_a_name_is_text_and_never_a_path(
    name: str, kept: str, editor: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    link = announce(editor, b"x", file_name=name)
    assert editor.get(f"/api/upload/{link['upload_id']}").json()["file_name"] == kept
    with workspace_session(engine, workspace) as session:
        key = session.scalars(select(Upload.object_key)).one()
    folder, _, last = key.rpartition("/")
    assert folder == f"{workspace.hex}/uploads"
    assert last in {f"{str(link['upload_id']).replace('-', '')}{end}" for end in (".mp4", ".bin")}


def test_an_aborted_upload_leaves_nothing(
    editor: TestClient, backend: Backend, workspace: WorkspaceId
) -> None:
    upload_id = uploaded(editor, b"x" * 100)
    assert stored(backend, workspace) != []
    assert editor.delete(f"/api/upload/{upload_id}").status_code == 204
    assert stored(backend, workspace) == []
    assert editor.get(f"/api/upload/{upload_id}").status_code == 404


def test_a_confirmed_upload_can_not_be_aborted(editor: TestClient, talk: Path) -> None:
    upload_id = uploaded(editor, talk.read_bytes())
    confirm(editor, upload_id)
    assert editor.delete(f"/api/upload/{upload_id}").status_code == 409
    again = editor.post(f"/api/upload/{upload_id}/link")
    assert (again.status_code, code_of(again)) == (409, "CONFLICT")


def test_another_workspaces_upload_is_not_found(
    editor: TestClient, stranger: TestClient, talk: Path
) -> None:
    media_id = uploaded(editor, talk.read_bytes())
    own_id = uploaded(stranger, talk.read_bytes())
    answers = [
        stranger.get(f"/api/upload/{media_id}"),
        stranger.delete(f"/api/upload/{media_id}"),
        stranger.get(f"/api/upload/{media_id}/parts"),
        stranger.post(f"/api/upload/{media_id}/parts", json={"part_numbers": [1]}),
        stranger.post(f"/api/upload/{media_id}/link"),
        confirm(stranger, media_id),
        confirm(stranger, own_id, media_id),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert editor.get(f"/api/upload/{media_id}").json()["status"] == "waiting"


def test_a_viewer_uploads_nothing(viewer: TestClient) -> None:
    assert viewer.post("/api/upload/presign", json=wish()).status_code == 403


def test_a_brand_file_waits_for_its_use(editor: TestClient) -> None:
    upload_id = uploaded(
        editor, b"a picture", kind="brand", content_type="image/png", file_name="logo.png"
    )
    answer = confirm(editor, upload_id)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["status"], answer.json()["source"]) == ("confirmed", None)


def test_a_known_state_is_not_sent_again(editor: TestClient) -> None:
    upload_id = announce(editor, b"x" * 10)["upload_id"]
    first = editor.get(f"/api/upload/{upload_id}")
    known = {"If-None-Match": first.headers["ETag"]}
    assert editor.get(f"/api/upload/{upload_id}", headers=known).status_code == 304


def test_a_single_transfer_has_no_parts(editor: TestClient) -> None:
    upload_id = announce(editor, b"x" * 5000)["upload_id"]
    asked = editor.post(f"/api/upload/{upload_id}/parts", json={"part_numbers": [1]})
    assert (asked.status_code, code_of(asked)) == (409, "CONFLICT")


def test_every_status_of_an_upload_can_be_read(
    editor: TestClient, system_engine: Engine, app: FastAPI
) -> None:
    upload_id = announce(editor, b"x" * 10)["upload_id"]
    for status in UploadStatus:
        with system_session(system_engine) as session:
            row = session.scalars(select(Upload).where(Upload.id == upload_id)).one()
            row.status, row.outcome = status, {"code": "SOURCE_EMPTY", "message": "It is empty."}
        assert editor.get(f"/api/upload/{upload_id}").json()["status"] == status
