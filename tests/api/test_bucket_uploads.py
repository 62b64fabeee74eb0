"""Uploads that go straight to a bucket."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.backend import Backend
from cliply.db.models import Upload
from cliply.db.models.uploads import UploadKind, UploadMethod, UploadStatus
from cliply.db.session import workspace_session
from cliply.db.uploads import add_upload
from cliply.domain.ids import UploadId, WorkspaceId
from cliply.services.uploads import PART_BYTES, POST_BYTES
from cliply.storage.keys import upload_key
from tests.api.test_uploads import announce, code_of, confirm, wish
from tests.s3 import S3Storage


@pytest.fixture
def bucket_backend(backend: Backend, s3_storage: S3Storage, tmp_path: Path) -> Backend:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return replace(backend, store=s3_storage.open(f"up/{uuid4().hex}", scratch=scratch))


@pytest.fixture
def client(editor: TestClient, bucket_backend: Backend) -> TestClient:
    return TestClient(
        create_app(bucket_backend), headers=editor.headers, raise_server_exceptions=False
    )


@pytest.fixture
def outside() -> Iterator[httpx.Client]:
    """A client with nothing but links."""
    with httpx.Client(trust_env=False, timeout=60) as found:
        yield found


def policy_of(link: dict[str, object]) -> dict[str, object]:
    return json.loads(base64.b64decode(link["fields"]["policy"]))


def post(outside: httpx.Client, link: dict[str, object], content: bytes) -> httpx.Response:
    return outside.post(str(link["url"]), data=link["fields"], files={"file": content})


def test_the_form_takes_exactly_what_was_announced(client: TestClient) -> None:
    link = announce(client, b"x" * 4321)
    policy = policy_of(link)
    conditions = policy["conditions"]
    assert link["method"] == "post"
    assert ["content-length-range", 4321, 4321] in conditions
    assert {"Content-Type": "video/mp4"} in conditions
    assert {"key": link["fields"]["key"]} in conditions
    left = datetime.fromisoformat(policy["expiration"]) - datetime.now(UTC)
    assert 3500 < left.total_seconds() <= 3600


def test_a_posted_video_becomes_a_source(
    client: TestClient,
    outside: httpx.Client,
    talk: Path,
    bucket_backend: Backend,
    workspace: WorkspaceId,
) -> None:
    content = talk.read_bytes()
    link = announce(client, content)
    assert post(outside, link, content).status_code in (200, 201, 204)
    answer = confirm(client, str(link["upload_id"]))
    assert answer.status_code == 201, answer.text
    assert confirm(client, str(link["upload_id"])).json() == answer.json()
    source = answer.json()["source"]["source_id"].replace("-", "")
    kept = f"{workspace.hex}/sources/{source}/source.mp4"
    assert bucket_backend.store.list(workspace.hex) == [kept]
    assert bucket_backend.store.get_bytes(kept) == content


def test_a_store_that_took_too_much_is_caught_and_emptied(
    client: TestClient, talk: Path, bucket_backend: Backend, workspace: WorkspaceId
) -> None:
    content = talk.read_bytes()
    link = announce(client, content)
    key = f"{workspace.hex}/uploads/{str(link['upload_id']).replace('-', '')}.mp4"
    bucket_backend.store.put_bytes(key, content + b"more")
    for _ in range(2):
        answer = confirm(client, str(link["upload_id"]))
        assert (answer.status_code, code_of(answer)) == (422, "UPLOAD_REJECTED")
    assert bucket_backend.store.list(workspace.hex) == []


def test_what_is_no_good_is_removed_from_the_bucket(
    client: TestClient, outside: httpx.Client, bucket_backend: Backend, workspace: WorkspaceId
) -> None:
    content = b"no video at all " * 100
    link = announce(client, content)
    post(outside, link, content)
    answer = confirm(client, str(link["upload_id"]))
    assert (answer.status_code, code_of(answer)) == (422, "SOURCE_NOT_MEDIA")
    assert bucket_backend.store.list(workspace.hex) == []


LEAST_PART_BYTES = 5 * 1024 * 1024
"""S3 takes no smaller part but the last."""


def in_parts(backend: Backend, workspace: WorkspaceId, size_bytes: int) -> str:
    """A small upload in parts, which is otherwise for large ones."""
    assert backend.store.bucket is not None
    upload_id = UploadId(uuid4())
    key = upload_key(workspace, upload_id, ".mp4")
    with workspace_session(backend.engine, workspace) as session:
        upload = Upload(
            id=upload_id,
            workspace_id=workspace,
            kind=UploadKind.media,
            method=UploadMethod.multipart,
            status=UploadStatus.waiting,
            file_name="talk.mp4",
            content_type="video/mp4",
            size_bytes=size_bytes,
            object_key=key,
            multipart_id=backend.store.bucket.begin(key, "video/mp4"),
            part_bytes=LEAST_PART_BYTES,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
        add_upload(session, upload)
    return str(upload_id)


def padded(talk: Path, size_bytes: int) -> bytes:
    """A talk with a free box at its end."""
    padding = size_bytes - talk.stat().st_size
    return talk.read_bytes() + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8)


def put_part(client: TestClient, outside: httpx.Client, upload: str, number: int, content: bytes):
    asked = client.post(f"/api/upload/{upload}/parts", json={"part_numbers": [number]})
    assert asked.status_code == 201, asked.text
    (part,) = asked.json()["parts"]
    signed = parse_qs(urlsplit(part["url"]).query)["X-Amz-SignedHeaders"][0]
    assert "content-length" in signed.split(";")
    piece = content[(number - 1) * LEAST_PART_BYTES : number * LEAST_PART_BYTES]
    assert part["size_bytes"] == len(piece)
    return outside.put(part["url"], content=piece)


def test_a_file_in_parts_goes_on_after_a_cut(
    client: TestClient,
    outside: httpx.Client,
    talk: Path,
    bucket_backend: Backend,
    workspace: WorkspaceId,
) -> None:
    content = padded(talk, 2 * LEAST_PART_BYTES + 1000)
    upload = in_parts(bucket_backend, workspace, len(content))
    for number in (1, 3):
        assert put_part(client, outside, upload, number, content).status_code == 200
    early = confirm(client, upload)
    assert (early.status_code, code_of(early)) == (422, "UPLOAD_INCOMPLETE")
    there = client.get(f"/api/upload/{upload}/parts").json()
    assert [part["part_number"] for part in there["parts"]] == [1, 3]
    arrived = client.get(f"/api/upload/{upload}").json()["received_bytes"]
    assert arrived == LEAST_PART_BYTES + 1000
    put_part(client, outside, upload, 2, content)
    answer = confirm(client, upload)
    assert answer.status_code == 201, answer.text
    (kept,) = bucket_backend.store.list(workspace.hex)
    assert bucket_backend.store.get_bytes(kept) == content


def test_a_part_of_another_size_does_not_count(
    client: TestClient,
    outside: httpx.Client,
    talk: Path,
    bucket_backend: Backend,
    workspace: WorkspaceId,
) -> None:
    content = padded(talk, LEAST_PART_BYTES + 1000)
    upload = in_parts(bucket_backend, workspace, len(content))
    put_part(client, outside, upload, 1, content)
    asked = client.post(f"/api/upload/{upload}/parts", json={"part_numbers": [2]})
    outside.put(asked.json()["parts"][0]["url"], content=bytes(2000))
    assert len(client.get(f"/api/upload/{upload}/parts").json()["parts"]) == 1
    answer = confirm(client, upload)
    assert (answer.status_code, code_of(answer)) == (422, "UPLOAD_INCOMPLETE")


def test_a_large_file_is_cut_into_parts_of_16_mib(client: TestClient) -> None:
    asked = wish(size_bytes=POST_BYTES + 1)
    link = client.post("/api/upload/presign", json=asked).json()
    assert (link["method"], link["url"], link["part_bytes"]) == ("multipart", None, PART_BYTES)
    there = client.get(f"/api/upload/{link['upload_id']}/parts").json()
    assert there == {"part_count": 6, "part_bytes": PART_BYTES, "parts": []}


def test_an_aborted_upload_leaves_no_parts(
    client: TestClient,
    outside: httpx.Client,
    bucket_backend: Backend,
    workspace: WorkspaceId,
) -> None:
    upload = in_parts(bucket_backend, workspace, 2 * LEAST_PART_BYTES)
    put_part(client, outside, upload, 1, bytes(2 * LEAST_PART_BYTES))
    assert client.delete(f"/api/upload/{upload}").status_code == 204
    assert client.get(f"/api/upload/{upload}/parts").status_code == 404
    assert bucket_backend.store.bucket is not None
    assert bucket_backend.store.bucket.abort_before(datetime.now(UTC)) == 0


@pytest.mark.parametrize("numbers", [[], [0], [-1], [8], [10_001], ["x"], list(range(1, 200))])
def test_parts_that_do_not_exist_are_refused(client: TestClient, numbers: list[object]) -> None:
    asked = wish(size_bytes=POST_BYTES + 1)
    upload = client.post("/api/upload/presign", json=asked).json()["upload_id"]
    answer = client.post(f"/api/upload/{upload}/parts", json={"part_numbers": numbers})
    assert (answer.status_code, code_of(answer)) == (422, "REQUEST_INVALID")


def test_a_download_link_saves_under_a_safe_name(
    bucket_backend: Backend, outside: httpx.Client
) -> None:
    store = bucket_backend.store
    store.put_bytes("a/clip.mp4", b"bytes")
    url = store.signed_url("a/clip.mp4", 600, 'my "best" / фильм\r\nX: 1.mp4')
    answer = outside.get(str(url))
    assert answer.content == b"bytes"
    named = answer.headers["Content-Disposition"]
    assert named.startswith('attachment; filename="my _best_ _ _______X: 1.mp4";')
    assert named.endswith("filename*=UTF-8''my%20%22best%22%20%2F%20%D1%84%D0%B8%D0%BB%D1%8C%D0"
                          "%BC%0D%0AX%3A%201.mp4")  # fmt: skip
    assert parse_qs(urlsplit(str(url)).query)["X-Amz-Expires"] == ["600"]


def test_a_folder_signs_nothing(backend: Backend) -> None:
    assert backend.store.signed_url("a/clip.mp4", 600, "clip.mp4") is None
