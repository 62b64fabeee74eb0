"""Downloads of clips: whole, in part, by signed links, and for editing programs."""

from dataclasses import replace
from fractions import Fraction
from urllib.parse import unquote, urlsplit

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from api.backend import Backend
from api.byte_ranges import Unsatisfiable, wanted_range
from api.clip_files import name_of
from cliply.db.models import Clip
from cliply.db.renders import get_render
from cliply.db.session import workspace_session
from cliply.domain.ids import WorkspaceId
from cliply.domain.media import VideoStream
from cliply.services.links import sign_link
from cliply.storage.bucket import disposition
from tests.api.stored_clips import VIDEO, stored_clips
from tests.s3 import S3Storage


@pytest.fixture
def clip(backend: Backend, workspace: WorkspaceId) -> Clip:
    return stored_clips(backend, workspace, 0)[0]


@pytest.fixture
def path(clip: Clip) -> str:
    return f"/api/clips/{clip.id}/download"


def local(link: str) -> str:
    """The link without the server's address."""
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def test_a_whole_file_is_sent_with_all_that_players_need(viewer: TestClient, path: str) -> None:
    answer = viewer.get(path, params={"file": "video"})

    assert (answer.status_code, answer.content) == (200, VIDEO)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(len(VIDEO))
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="From 0.mp4"')


def test_every_file_has_its_type(viewer: TestClient, path: str) -> None:
    kinds = {"srt": "application/x-subrip", "vtt": "text/vtt", "poster": "image/jpeg"}
    for file, kind in kinds.items():
        answer = viewer.get(path, params={"file": file, "version": 1})

        assert answer.content == file.encode()
        assert answer.headers["Content-Type"].partition(";")[0] == kind


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=100-199", (100, 200)),
        ("bytes=999-", (999, 1000)),
        ("bytes=-5", (995, 1000)),
        ("bytes=-99999999", (0, 1000)),
        ("bytes=900-99999999999999", (900, 1000)),
        ("Bytes=7-9", (7, 10)),
        ("bytes=0-1,5-6", None),
        ("frames=0-1", None),
        ("", None),
        (None, None),
    ],
)
def test_ranges_are_read_as_the_standard_has_them(
    asked: str | None, wanted: tuple[int, int] | None
) -> None:
    """Several ranges, other units and none get the whole file."""
    assert wanted_range(asked, 1000) == wanted


@pytest.mark.parametrize(
    "asked",
    ["bytes=1000-", "bytes=5-2", "bytes=-0", "bytes=-", "bytes=a-b", "bytes=" + "9" * 5000],
)
def test_what_holds_no_byte_is_no_range(asked: str) -> None:
    with pytest.raises(Unsatisfiable):
        wanted_range(asked, 1000)


def test_parts_of_a_file_are_sent_as_they_are_asked_for(viewer: TestClient, path: str) -> None:
    """The second is longer than what is read at a time."""
    for start, end in ((5, 6), (1000, 2_000_000), (len(VIDEO) - 3, len(VIDEO))):
        asked = {"Range": f"bytes={start}-{end - 1}"}
        answer = viewer.get(path, params={"file": "video"}, headers=asked)

        assert (answer.status_code, answer.content) == (206, VIDEO[start:end])
        assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(VIDEO)}"
        assert answer.headers["Content-Length"] == str(end - start)


def test_a_range_without_bytes_is_refused_with_the_length(viewer: TestClient, path: str) -> None:
    asked = {"Range": f"bytes={len(VIDEO)}-"}
    answer = viewer.get(path, params={"file": "video"}, headers=asked)

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(VIDEO)}"
    assert answer.json()["error"]["code"] == "RANGE_INVALID"


@given(st.text(max_size=40), st.integers(1, 1000))
def test_no_range_leads_out_of_a_file(text: str, size_bytes: int) -> None:
    try:
        found = wanted_range(f"bytes={text}", size_bytes)
    except Unsatisfiable:
        return
    assert found is None or 0 <= found[0] < found[1] <= size_bytes


def test_a_part_of_another_version_is_not_joined_to_this_one(viewer: TestClient, path: str) -> None:
    asked = {"file": "srt"}
    etag = viewer.get(path, params=asked).headers["ETag"]

    same = viewer.get(path, params=asked, headers={"Range": "bytes=1-", "If-Range": etag})
    other = viewer.get(path, params=asked, headers={"Range": "bytes=1-", "If-Range": '"x"'})
    known = viewer.get(path, params=asked, headers={"If-None-Match": etag})

    assert (same.status_code, same.content) == (206, b"rt")
    assert (other.status_code, other.content) == (200, b"srt")
    assert (known.status_code, known.content) == (304, b"")


def test_head_tells_the_length_and_sends_nothing(viewer: TestClient, path: str) -> None:
    answer = viewer.head(path, params={"file": "video"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(VIDEO))
    assert answer.headers["Content-Type"] == "video/mp4"


def test_what_is_not_there_is_not_found(
    viewer: TestClient, stranger: TestClient, path: str, backend: Backend, clip: Clip
) -> None:
    assert viewer.get(path, params={"file": "video", "version": 2}).status_code == 404
    assert viewer.get(path, params={"file": "video", "version": 2**40}).status_code == 422
    assert stranger.get(path, params={"file": "video"}).status_code == 404
    backend.store.delete_prefix(f"{clip.workspace_id.hex}/clips")
    assert viewer.get(path, params={"file": "video"}).status_code == 404


@pytest.mark.parametrize(
    "title",
    ["../../etc/passwd", 'a"; filename="evil.exe', "ü 蜜蜂 🐝", "a\u202egpj.exe", "...", "x" * 300],
)
def test_file_names_are_those_of_titles_and_harmless(title: str) -> None:
    told = disposition(name_of(Clip(title=title, slot=0), ".srt"))

    plain, _, encoded = told.removeprefix('attachment; filename="').partition('"; filename*=')
    name = unquote(encoded.removeprefix("UTF-8''"))
    assert plain.isascii()
    assert '"' not in plain
    assert (name.endswith(".srt"), name.isprintable(), name.startswith(".")) == (True, True, False)
    assert len(name) <= 104
    assert not set(name) & set('/\\:"')


# --- signed links


def test_a_link_of_a_clip_opens_its_file_without_a_token(
    viewer: TestClient, anonymous: TestClient, clip: Clip
) -> None:
    links = viewer.get(f"/api/clips/{clip.id}").json()["files"]

    for file, link in links.items():
        answer = anonymous.get(local(link))
        assert answer.status_code == 200, link
        assert answer.content == (VIDEO if file == "video" else file.encode())
    part = anonymous.get(local(links["video"]), headers={"Range": "bytes=3-4"})
    assert (part.status_code, part.content) == (206, VIDEO[3:5])
    assert anonymous.head(local(links["video"])).headers["Content-Length"] == str(len(VIDEO))
    assert "Authorization" not in anonymous.headers


def test_a_link_opens_nothing_else(
    viewer: TestClient, anonymous: TestClient, clip: Clip, backend: Backend, rival: WorkspaceId
) -> None:
    link = local(viewer.get(f"/api/clips/{clip.id}").json()["files"]["srt"])
    foreign = stored_clips(backend, rival, 0)[0]
    changed = [
        link.replace("/srt?", "/video?"),
        link.replace("/1/srt", "/2/srt"),
        link.replace(str(clip.id), str(foreign.id)),
        link.replace(clip.workspace_id.hex, rival.hex),
        link.replace("expires=", "expires=9"),
        link + "&version=2",
        link[:-1] + ("0" if link[-1] != "0" else "1"),
    ]

    assert {anonymous.get(one).status_code for one in changed} == {403}
    assert anonymous.get(link.partition("?")[0]).status_code == 422


def test_a_link_of_one_workspace_does_not_open_a_clip_of_another(
    anonymous: TestClient, clip: Clip, backend: Backend, rival: WorkspaceId
) -> None:
    """Signed as only we can, with the wrong workspace: row security stands behind it."""
    path = f"/api/files/{clip.id}/1/video"

    link = sign_link(backend.secret, path, workspace=rival.hex)

    assert anonymous.get(link).status_code == 404


def test_a_link_ends_after_its_time_and_with_its_clip(
    editor: TestClient, anonymous: TestClient, clip: Clip, backend: Backend
) -> None:
    path = f"/api/files/{clip.id}/1/srt"
    workspace = clip.workspace_id.hex
    late = sign_link(backend.secret, path, lifetime_s=-1, workspace=workspace)
    good = sign_link(backend.secret, path, workspace=workspace)

    assert anonymous.get(late).status_code == 403
    assert anonymous.get(good).status_code == 200
    editor.delete(f"/api/clips/{clip.id}")
    assert anonymous.get(good).status_code == 404


# --- other places and programs


def test_from_a_bucket_a_download_is_sent_to_the_storage(
    backend: Backend, viewer: TestClient, workspace: WorkspaceId, s3_storage: S3Storage
) -> None:
    in_bucket = replace(backend, store=s3_storage.open("downloads"))
    clip = stored_clips(in_bucket, workspace, 0)[0]
    client = TestClient(create_app(in_bucket), headers=viewer.headers)
    path = f"/api/clips/{clip.id}/download?file=vtt"

    answer = client.get(path, follow_redirects=False)

    assert answer.status_code == 307
    assert "X-Amz-Expires=3600" in answer.headers["Location"]
    assert "From%200.vtt" in unquote(answer.headers["Location"])
    head = client.head(path, follow_redirects=False)
    assert (head.status_code, head.headers["Content-Length"]) == (200, "3")


@pytest.fixture
def filmed(backend: Backend, clip: Clip) -> Clip:
    """A clip of a source with a picture."""
    picture = VideoStream(
        index=0, codec="h264", width=1920, height=1080, coded_width=1920, coded_height=1080,
        frame_rate=Fraction(30), pixel_format="yuv420p", duration_ms=60_000,
    )  # fmt: skip
    with workspace_session(backend.engine, clip.workspace_id) as session:
        render = get_render(session, clip)
        source = {**render.spec["source"], "video": picture.model_dump(mode="json")}
        render.spec = {**render.spec, "source": source}
    return clip


def test_cuts_are_given_to_editing_programs(viewer: TestClient, filmed: Clip) -> None:
    documents = {"fcpxml": "<fcpxml", "premiere": "<xmeml", "edl": "TITLE:"}
    for wanted, holds in documents.items():
        answer = viewer.get(f"/api/clips/{filmed.id}/nle", params={"format": wanted})

        assert answer.status_code == 200
        assert holds in answer.text
        assert "talk.mp4" in answer.text
        assert answer.headers["Content-Disposition"].startswith("attachment; ")


def test_a_cut_list_in_otio_has_the_clips_length(viewer: TestClient, filmed: Clip) -> None:
    answer = viewer.get(f"/api/clips/{filmed.id}/nle", params={"format": "otio"})

    timeline = otio.adapters.read_from_string(answer.text, "otio_json")
    assert timeline.duration().to_seconds() == pytest.approx(20.0)
