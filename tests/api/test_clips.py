"""Clips through the API."""

from dataclasses import asdict
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select
from starlette.testclient import TestClient

from api.backend import Backend
from cliply.db.clips import get_clip, list_clips
from cliply.db.jobs import get_job
from cliply.db.models import AuditEntry, Clip, Render, RunRequest
from cliply.db.session import workspace_session
from cliply.domain.captions import CueWord
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import WorkspaceId
from cliply.domain.jobs import JobStatus
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality, Word
from cliply.storage.keys import artifact_key, slot_prefix
from tests.api.stored_clips import ref_of, stored_clips

LARGE = {"captions": {"size": 1.5}}


@pytest.fixture
def clips(backend: Backend, workspace: WorkspaceId) -> list[Clip]:
    return stored_clips(backend, workspace, 0, 30_000, 60_000)


def requests_of(engine: Engine, clip: Clip) -> list[tuple[list[str], str]]:
    with workspace_session(engine, clip.workspace_id) as session:
        found = session.scalars(select(RunRequest).where(RunRequest.job_id == clip.job_id))
        return [(row.assets, row.reason) for row in found]


def row_of(engine: Engine, clip: Clip) -> Clip:
    with workspace_session(engine, clip.workspace_id) as session:
        return get_clip(session, clip.id)


def actions(engine: Engine, workspace: WorkspaceId) -> list[str]:
    with workspace_session(engine, workspace) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


# --- reading


def test_clips_are_listed_by_score_and_counted(viewer: TestClient, clips: list[Clip]) -> None:
    answer = viewer.get("/api/clips", params={"sort": "-score", "limit": 2}).json()

    assert [one["id"] for one in answer["data"]] == [str(clip.id) for clip in clips[:2]]
    assert (answer["total"], answer["pages"]) == (3, 2)
    rest = viewer.get("/api/clips", params={"sort": "-score", "after": answer["next"]}).json()
    assert [one["id"] for one in rest["data"]] == [str(clips[2].id)]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("asked", "slots"),
    [
        ({"status": "approved"}, [1]),
        ({"status": ["approved", "rendered"]}, [0, 1, 2]),
        ({"min_score": 0.885}, [0, 1]),
        ({"job_id": str(uuid4())}, []),
    ],
)
def test_clips_are_filtered(
    editor: TestClient, clips: list[Clip], asked: dict[str, object], slots: list[int]
) -> None:
    assert editor.patch(f"/api/clips/{clips[1].id}", json={"status": "approved"}).is_success

    answer = editor.get("/api/clips", params={**asked, "sort": "-score"}).json()

    assert [one["slot"] for one in answer["data"]] == slots
    assert answer["total"] == len(slots)


def test_a_clip_is_read_with_what_is_known_of_it(viewer: TestClient, clips: list[Clip]) -> None:
    answer = viewer.get(f"/api/clips/{clips[0].id}").json()

    assert answer["span"] == {"start_ms": 0, "end_ms": 20_000}
    assert (answer["version"], answer["duration_ms"], answer["width_px"]) == (1, 20_000, 1080)
    assert answer["parts"]["energy"] == 0.5
    assert (answer["edit"], answer["words"], answer["cuts"]) == (None, None, None)
    assert set(answer["files"]) == {"video", "srt", "vtt", "poster"}


def test_a_clip_that_is_known_already_is_not_sent_again(
    viewer: TestClient, clips: list[Clip]
) -> None:
    first = viewer.get(f"/api/clips/{clips[0].id}")

    again = viewer.get(
        f"/api/clips/{clips[0].id}", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (again.status_code, again.content) == (304, b"")


def test_words_cuts_and_crop_path_come_in_clip_time_when_they_are_wanted(
    viewer: TestClient, clips: list[Clip], backend: Backend
) -> None:
    words = (
        Word(text="Before", span=TimeRange(start_ms=1000, end_ms=1400), confidence=0.5),
        Word(text="bees", span=TimeRange(start_ms=31_000, end_ms=31_500)),
    )
    said = Transcript(language="en", words=words, engine="t", quality=TranscriptQuality.given)
    key = artifact_key(ref_of(clips[1]), "transcript", ".json")
    backend.store.put_bytes(key, said.model_dump_json().encode())

    asked = {"include": "words,crop_path,cuts"}
    answer = viewer.get(f"/api/clips/{clips[1].id}", params=asked).json()

    heard = CueWord(text="bees", span=TimeRange(start_ms=1000, end_ms=1500))
    assert answer["words"] == [asdict(heard)]
    assert answer["crop_path"][0]["layout"] == "fit"
    (cut,) = answer["cuts"]
    assert cut["source"] == {"start_ms": 30_000, "end_ms": 50_000}
    assert cut["clip"] == {"start_ms": 0, "end_ms": 20_000}
    assert viewer.get(f"/api/clips/{clips[1].id}?include=everything").status_code == 422


def test_a_clip_of_an_old_pipeline_says_what_to_do(
    viewer: TestClient, clips: list[Clip], backend: Backend
) -> None:
    with workspace_session(backend.engine, clips[0].workspace_id) as session:
        render = session.scalars(select(Render).where(Render.clip_id == clips[0].id)).one()
        render.spec = {"pipeline_version": "1"}

    answer = viewer.get(f"/api/clips/{clips[0].id}?include=cuts")

    assert answer.status_code == 409
    assert "rendered again" in answer.json()["error"]["message"]
    assert viewer.get(f"/api/clips/{clips[0].id}").status_code == 200


def test_all_versions_are_listed(viewer: TestClient, clips: list[Clip]) -> None:
    answer = viewer.get(f"/api/clips/{clips[0].id}/versions").json()

    (version,) = answer["data"]
    assert (version["version"], version["is_present"], answer["total"]) == (1, True, 1)
    assert version["measured"]["frames"] == 600


# --- changing


def test_words_about_a_clip_are_changed_without_a_render(
    editor: TestClient, clips: list[Clip], engine: Engine, workspace: WorkspaceId
) -> None:
    wish = {"title": " The map ", "description": "a\nb", "hashtags": ["#bees", "naïve_1"]}

    answer = editor.patch(f"/api/clips/{clips[0].id}", json=wish)

    assert answer.status_code == 200
    row = row_of(engine, clips[0])
    assert (row.title, row.description, row.hashtags) == ("The map", "a\nb", ["bees", "naïve_1"])
    assert (row.status, requests_of(engine, row)) == (ClipStatus.rendered, [])
    assert actions(engine, workspace) == ["clip.update"]


def test_a_change_of_what_somebody_else_has_changed_is_refused(
    editor: TestClient, clips: list[Clip], engine: Engine
) -> None:
    path = f"/api/clips/{clips[0].id}"
    known = editor.get(path, params={"include": "cuts"}).headers["ETag"]
    first = editor.patch(path, json={"title": "First"}, headers={"If-Match": known})

    late = editor.patch(path, json={"title": "Late"}, headers={"If-Match": known})

    assert late.status_code == 412
    assert row_of(engine, clips[0]).title == "First"
    newer = {"If-Match": first.headers["ETag"]}
    assert editor.patch(path, json={"title": "Next"}, headers=newer).status_code == 200


def test_another_edit_asks_for_the_render_of_that_clip_alone(
    editor: TestClient, clips: list[Clip], engine: Engine
) -> None:
    answer = editor.patch(f"/api/clips/{clips[1].id}", json={"edit": LARGE})

    assert (answer.status_code, answer.json()["status"]) == (200, "planned")
    assert answer.json()["edit"] == LARGE
    assert requests_of(engine, clips[1]) == [(["clip/c01"], "edited")]
    with workspace_session(engine, clips[1].workspace_id) as session:
        assert get_job(session, clips[1].job_id).status is JobStatus.rendering


def test_null_goes_back_to_the_edit_of_the_job(
    editor: TestClient, clips: list[Clip], engine: Engine
) -> None:
    path = f"/api/clips/{clips[0].id}"
    editor.patch(path, json={"edit": LARGE})

    assert editor.patch(path, json={"edit": None}).json()["edit"] is None
    assert len(requests_of(engine, clips[0])) == 2


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        ({"captions": {"size": 9}}, "REQUEST_INVALID"),
        ({"captoins": {}}, "REQUEST_INVALID"),
        ({"captions": {"font": "a\x00b"}}, "REQUEST_INVALID"),
        ({"base_cut": {"keep": [{"start_ms": 0, "end_ms": 10**30}]}}, "REQUEST_INVALID"),
        ({"audio_suite": {"music": {"attachment": "nothing"}}}, "ATTACHMENT_MISSING"),
    ],
)
def test_an_edit_that_can_not_be_leaves_nothing_behind(
    editor: TestClient, clips: list[Clip], engine: Engine, edit: object, code: str
) -> None:
    answer = editor.patch(f"/api/clips/{clips[0].id}", json={"title": "New", "edit": edit})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    row = row_of(engine, clips[0])
    assert (row.title, row.edit, requests_of(engine, row)) == ("From 0", None, [])


def test_what_nobody_could_see_is_not_approved(editor: TestClient, clips: list[Clip]) -> None:
    path = f"/api/clips/{clips[0].id}"
    editor.patch(path, json={"edit": LARGE})

    assert editor.patch(path, json={"status": "approved"}).status_code == 409
    assert editor.patch(path, json={"status": "rejected"}).json()["status"] == "rejected"
    assert editor.patch(path, json={"status": "rendered"}).status_code == 422


# --- asking for renders


def test_fields_of_the_edit_are_set_by_their_path(
    editor: TestClient, clips: list[Clip], engine: Engine
) -> None:
    changes = {"captions.accent_colour": "#FF0000", "effects.progress_bar.colour": "#00FF00"}

    answer = editor.post(f"/api/clips/{clips[0].id}/edit", json={"changes": changes})

    assert answer.status_code == 202
    edit = answer.json()["edit"]
    assert edit["captions"] == {"accent_colour": "#FF0000"}
    assert edit["effects"] == [{"kind": "progress_bar", "colour": "#00FF00"}]
    assert requests_of(engine, clips[0]) == [(["clip/c00"], "edited")]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"captions.nothing": 1},
        {"captions.size": "large"},
        {"captions..size": 1},
        {"captions.size": [[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]},
        {"effects.lower_third.title": "a\x00"},
    ],
)
def test_fields_that_can_not_be_set_are_refused(
    editor: TestClient, clips: list[Clip], engine: Engine, changes: dict[str, object]
) -> None:
    answer = editor.post(f"/api/clips/{clips[0].id}/edit", json={"changes": changes})

    assert answer.status_code == 422
    assert requests_of(engine, clips[0]) == []


def test_a_path_that_is_no_text_is_refused(editor: TestClient, clips: list[Clip]) -> None:
    body = b'{"changes": {"\\ud800": 1}}'

    answer = editor.post(f"/api/clips/{clips[0].id}/edit", content=body)

    assert answer.status_code == 422


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity", "1" + "0" * 400])
def test_a_number_that_no_row_can_hold_is_refused(
    editor: TestClient, clips: list[Clip], number: str
) -> None:
    path, value = f"/api/clips/{clips[0].id}", f'{{"captions.outline": {number}}}'

    by_path = editor.post(f"{path}/edit", content=f'{{"changes": {value}}}')
    whole = editor.patch(path, content=f'{{"edit": {{"captions": {{"outline": {number}}}}}}}')

    assert {by_path.status_code, whole.status_code} <= {400, 422}


def test_a_rerender_asks_once_for_the_same_key(
    editor: TestClient, clips: list[Clip], engine: Engine, workspace: WorkspaceId
) -> None:
    path, key = f"/api/clips/{clips[2].id}/rerender", {"Idempotency-Key": "k1"}

    first, again = editor.post(path, headers=key), editor.post(path, headers=key)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.json()["status"] == "planned"
    assert requests_of(engine, clips[2]) == [(["clip/c02"], "rerendered")]
    assert actions(engine, workspace) == ["clip.rerender"]


def test_another_poster_is_a_change_of_the_edit(
    editor: TestClient, clips: list[Clip], engine: Engine
) -> None:
    path = f"/api/clips/{clips[0].id}/thumbnail"

    late = editor.post(path, json={"at_ms": 20_000})
    answer = editor.post(path, json={"at_ms": 19_999})

    assert (late.status_code, answer.status_code) == (422, 202)
    assert answer.json()["edit"] == {"export": {"poster_ms": 19_999}}
    assert requests_of(engine, clips[0]) == [(["clip/c00"], "edited")]


# --- deleting


def test_a_deleted_clip_is_gone_with_its_files_and_nothing_else(
    editor: TestClient, clips: list[Clip], backend: Backend, workspace: WorkspaceId
) -> None:
    ref = ref_of(clips[1])
    of_others = backend.store.list(slot_prefix(ref, 0))

    answer = editor.delete(f"/api/clips/{clips[1].id}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert editor.get(f"/api/clips/{clips[1].id}").status_code == 404
    assert editor.delete(f"/api/clips/{clips[1].id}").status_code == 404
    assert backend.store.list(slot_prefix(ref, 1)) == []
    assert backend.store.list(slot_prefix(ref, 0)) == of_others != []
    with workspace_session(backend.engine, workspace) as session:
        assert [clip.slot for clip in list_clips(session, ref.job_id)] == [0, 2]
        assert session.scalar(select(func.count()).select_from(Render)) == 2
    assert editor.get("/api/clips").json()["total"] == 2


def test_many_clips_are_deleted_at_once(
    editor: TestClient, clips: list[Clip], backend: Backend, engine: Engine, workspace: WorkspaceId
) -> None:
    ids = [str(clip.id) for clip in clips[:2]]
    key = {"Idempotency-Key": "k1"}

    answer = editor.post("/api/clips/batch/delete", json={"clip_ids": ids}, headers=key)
    again = editor.post("/api/clips/batch/delete", json={"clip_ids": ids}, headers=key)

    assert (answer.status_code, answer.json()) == (200, {"deleted": ids})
    assert (again.status_code, again.json()) == (200, {"deleted": ids})
    assert backend.store.list(slot_prefix(ref_of(clips[0]), 0)) == []
    assert editor.get("/api/clips").json()["total"] == 1
    assert actions(engine, workspace) == ["clip.delete"] * 2


def test_with_one_foreign_clip_none_is_deleted(
    stranger: TestClient, editor: TestClient, clips: list[Clip], backend: Backend,
    rival: WorkspaceId,
) -> None:  # fmt: skip
    own = stored_clips(backend, rival, 0)[0]
    both = {"clip_ids": [str(own.id), str(clips[0].id)]}

    answer = stranger.post("/api/clips/batch/delete", json=both)

    assert answer.status_code == 404
    assert stranger.get(f"/api/clips/{own.id}").status_code == 200
    assert editor.get(f"/api/clips/{clips[0].id}").status_code == 200
    assert len(backend.store.list(slot_prefix(ref_of(clips[0]), 0))) == 4
