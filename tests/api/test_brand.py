"""Brand kits and brand files through the API."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.backend import Backend
from cliply.db.brand_kits import find_default_kit
from cliply.db.models import Upload
from cliply.db.models.uploads import UploadKind, UploadMethod, UploadStatus
from cliply.db.session import workspace_session
from cliply.domain.ids import UploadId, WorkspaceId
from cliply.storage.keys import upload_key

HOUSE = {"kit": {"name": "House", "colours": {"accent": "#FF0000"}}, "is_default": True}

Uploaded = Callable[..., UUID]


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA", (64, 32), (255, 0, 0, 128)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def uploaded(backend: Backend, workspace: WorkspaceId) -> Uploaded:
    """A confirmed upload with this content."""

    def upload(
        content: bytes, content_type: str = "image/png", kind: UploadKind = UploadKind.brand
    ) -> UUID:
        upload_id = UploadId(uuid4())
        key = upload_key(workspace, upload_id, ".png")
        backend.store.put_bytes(key, content)
        row = Upload(
            id=upload_id,
            workspace_id=workspace,
            kind=kind,
            method=UploadMethod.app,
            status=UploadStatus.confirmed,
            file_name="our logo.png",
            content_type=content_type,
            size_bytes=len(content),
            object_key=key,
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )
        with workspace_session(backend.engine, workspace) as session:
            session.add(row)
        return upload_id

    return upload


def objects(backend: Backend, workspace: WorkspaceId) -> list[str]:
    return backend.store.list(f"{workspace.hex}/brand")


def keep(client: TestClient, upload_id: UUID, name: str = "logo", **more: object):
    wish = {"upload_id": str(upload_id), "name": name, **more}
    return client.post("/api/brand/files", json=wish)


# --- files


def test_an_uploaded_file_is_looked_at_and_kept_under_its_name(
    editor: TestClient, viewer: TestClient, uploaded: Uploaded, backend: Backend,
    workspace: WorkspaceId,
) -> None:  # fmt: skip
    answer = keep(editor, uploaded(png()))

    assert answer.status_code == 201
    kept = answer.json()
    assert (kept["name"], kept["kind"]) == ("logo", "image")
    assert (kept["attachment"]["width_px"], kept["attachment"]["has_alpha"]) == (64, True)
    (key,) = objects(backend, workspace)
    assert backend.store.get_bytes(key) == png()
    assert viewer.get("/api/brand/files").json()["data"] == [kept]


def test_the_same_content_again_is_the_same_file(
    editor: TestClient, uploaded: Uploaded, backend: Backend, workspace: WorkspaceId
) -> None:
    first, again = (keep(editor, uploaded(png())) for _ in range(2))
    other = keep(editor, uploaded(png() + b"\n"))

    assert first.json() == again.json()
    assert other.status_code == 409
    assert len(objects(backend, workspace)) == 1


@pytest.mark.parametrize(
    ("content", "content_type", "name", "status", "code"),
    [
        (b"no picture", "image/png", "logo", 422, "ATTACHMENT_NOT_IMAGE"),
        (b"no font", "font/ttf", "logo", 422, "ATTACHMENT_NOT_FONT"),
        (png(), "image/png", "#logo", 422, "OPTION_INVALID"),
        (png(), "text/plain", "logo", 422, "REQUEST_INVALID"),
        (png(), "image/png", "a\x00b", 422, "REQUEST_INVALID"),
    ],
)
def test_a_file_that_can_not_be_used_leaves_nothing_behind(
    editor: TestClient, uploaded: Uploaded, backend: Backend, workspace: WorkspaceId,
    content: bytes, content_type: str, name: str, status: int, code: str,
) -> None:  # fmt: skip
    answer = keep(editor, uploaded(content, content_type), name)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert workspace.hex not in error["message"]
    assert objects(backend, workspace) == []
    assert editor.get("/api/brand/files").json()["total"] == 0


def test_uploads_of_other_kinds_and_workspaces_are_not_taken(
    editor: TestClient, stranger: TestClient, uploaded: Uploaded
) -> None:
    assert keep(editor, uploaded(png(), kind=UploadKind.media)).status_code == 409
    assert keep(stranger, uploaded(png())).status_code == 404
    assert keep(editor, uuid4()).status_code == 404


def test_a_file_that_a_kit_uses_stays(
    editor: TestClient, uploaded: Uploaded, backend: Backend, workspace: WorkspaceId
) -> None:
    kept = keep(editor, uploaded(png())).json()
    kit = {"kit": {"name": "House", "logo": {"attachment": "logo"}}}
    kit_id = editor.post("/api/brand", json=kit).json()["id"]

    assert editor.delete(f"/api/brand/files/{kept['id']}").status_code == 409
    assert editor.delete(f"/api/brand/{kit_id}").status_code == 204
    assert editor.delete(f"/api/brand/files/{kept['id']}").status_code == 204
    assert objects(backend, workspace) == []
    assert editor.delete(f"/api/brand/files/{kept['id']}").status_code == 404


# --- kits


def test_a_kit_is_kept_as_it_was_written(
    editor: TestClient, viewer: TestClient, backend: Backend, workspace: WorkspaceId
) -> None:
    made = editor.post("/api/brand", json=HOUSE)

    assert made.status_code == 201
    assert made.json()["kit"] == HOUSE["kit"]
    assert viewer.get(f"/api/brand/{made.json()['id']}").json() == made.json()
    assert viewer.get("/api/brand").json()["data"] == [made.json()]
    with workspace_session(backend.engine, workspace) as session:
        default = find_default_kit(session)
    assert default is not None
    assert default.kit.colours.accent == "#FF0000"


def test_there_is_one_default_kit(editor: TestClient) -> None:
    editor.post("/api/brand", json=HOUSE)
    other = editor.post("/api/brand", json={"kit": {"name": "Guest"}}).json()

    editor.patch(f"/api/brand/{other['id']}", json={"is_default": True})

    kits = {one["kit"]["name"]: one["is_default"] for one in _kits(editor)}
    assert kits == {"House": False, "Guest": True}
    editor.patch(f"/api/brand/{other['id']}", json={"is_default": False})
    assert not any(one["is_default"] for one in _kits(editor))


def _kits(client: TestClient) -> list[dict]:
    return client.get("/api/brand").json()["data"]


def test_of_kits_made_at_the_same_time_one_is_the_default(editor: TestClient) -> None:
    wishes = [{"kit": {"name": f"Kit {n}"}, "is_default": True} for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda wish: editor.post("/api/brand", json=wish), wishes))

    assert {answer.status_code for answer in answers} == {201}
    assert sum(one["is_default"] for one in _kits(editor)) == 1


def test_fields_of_a_kit_are_changed_and_the_others_stay(editor: TestClient) -> None:
    made = editor.post("/api/brand", json=HOUSE)
    path = f"/api/brand/{made.json()['id']}"
    known = {"If-Match": editor.get(path).headers["ETag"]}

    changed = editor.patch(path, json={"kit": {"name": "Home"}}, headers=known)
    late = editor.patch(path, json={"kit": {"name": "Late"}}, headers=known)
    plain = editor.patch(path, json={"kit": {"colours": None}})

    assert changed.json()["kit"] == {"name": "Home", "colours": {"accent": "#FF0000"}}
    assert late.status_code == 412
    assert plain.json()["kit"] == {"name": "Home", "colours": {}}
    assert editor.get(path, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("kit", "status", "code"),
    [
        ({"name": "House"}, 409, "CONFLICT"),
        ({"name": ""}, 422, "REQUEST_INVALID"),
        ({"name": "a\x00"}, 422, "REQUEST_INVALID"),
        ({"colours": {"accent": "red"}}, 422, "REQUEST_INVALID"),
        ({"intro": "nothing"}, 422, "ATTACHMENT_MISSING"),
        ({"nothing": 1}, 422, "REQUEST_INVALID"),
    ],
)
def test_a_kit_that_can_not_be_is_refused(
    editor: TestClient, kit: dict[str, object], status: int, code: str
) -> None:
    editor.post("/api/brand", json=HOUSE)
    other = editor.post("/api/brand", json={"kit": {"name": "Guest"}}).json()

    made = editor.post("/api/brand", json={"kit": kit})
    changed = editor.patch(f"/api/brand/{other['id']}", json={"kit": kit})

    assert (made.status_code, made.json()["error"]["code"]) == (status, code)
    assert (changed.status_code, changed.json()["error"]["code"]) == (status, code)
    assert sorted(one["kit"]["name"] for one in _kits(editor)) == ["Guest", "House"]
