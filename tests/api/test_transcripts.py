"""Transcripts over the API: read and corrected word by word."""

from typing import Any

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from api.backend import Backend
from cliply.db.models import AuditEntry, Clip, RunRequest, WordCorrection
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.transcript import TranscriptQuality
from cliply.speech.words import RawWord, transcript_of
from cliply.storage.keys import artifact_key
from tests.rows import new_job, rendered_job

SAID = ["well", "clip", "lee", "cuts", "long", "talks"]


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId, backend: Backend) -> JobRef:
    """A job under review; its first clip has six words from 5 s on, its second none."""
    ref = rendered_job(engine, workspace, 0, 30_000)
    raw = [RawWord(w, 5_000 + n * 400, 5_300 + n * 400, 0.3) for n, w in enumerate(SAID)]
    words = transcript_of(raw, 60_000, engine="scripted", quality=TranscriptQuality.low)
    key = artifact_key(ref, "transcript", ".json")
    backend.store.put_bytes(key, words.model_dump_json().encode())
    return ref


def place(ref: JobRef) -> str:
    return f"/api/jobs/{ref.job_id}/transcript"


def said(answer: Any) -> str:
    return " ".join(word["text"] for word in answer.json()["words"])


def correct(client: TestClient, ref: JobRef, *wishes: dict[str, Any], **headers: str) -> Any:
    return client.patch(place(ref), json={"corrections": list(wishes)}, headers=headers)


def test_words_come_with_their_times_and_what_is_known_of_them(
    viewer: TestClient, ref: JobRef
) -> None:
    answer = viewer.get(place(ref))

    assert answer.json()["words"][1] == {
        "index": 1, "text": "clip", "start_ms": 5_400, "end_ms": 5_700, "confidence": 0.3,
        "speaker": None, "is_corrected": False,
    }  # fmt: skip
    assert answer.json()["quality"] == "low"
    known = {"If-None-Match": answer.headers["ETag"]}
    assert viewer.get(place(ref), headers=known).status_code == 304


def test_corrections_name_places_before_any_of_them_and_render_only_what_shows_them(
    editor: TestClient, engine: Engine, ref: JobRef
) -> None:
    answer = correct(
        editor,
        ref,
        {"index": 1, "count": 2, "text": "Cliply"},
        {"start_ms": 6_700, "text": "very long"},
        {"index": 0, "text": ""},
    )

    assert answer.status_code == 200
    assert said(answer) == "Cliply cuts very long talks"
    marked = [word["text"] for word in answer.json()["words"] if word["is_corrected"]]
    assert marked == ["Cliply", "very", "long"]
    assert viewer_sees(editor, ref) == said(answer)
    with workspace_session(engine, ref.workspace_id) as session:
        assert [one.assets for one in session.scalars(select(RunRequest))] == [["clip/c00"]]
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.details["slots"]) == ("transcript.correct", [0])
        statuses = session.scalars(select(Clip.status).order_by(Clip.slot))
        assert list(statuses) == ["planned", "rendered"]


def viewer_sees(client: TestClient, ref: JobRef) -> str:
    return said(client.get(place(ref)))


def test_who_has_read_another_state_corrects_nothing(editor: TestClient, ref: JobRef) -> None:
    tag = editor.get(place(ref)).headers["ETag"]
    first = correct(editor, ref, {"index": 0, "text": "So"}, **{"If-Match": tag})
    late = correct(editor, ref, {"index": 0, "text": "But"}, **{"If-Match": tag})
    anew = correct(editor, ref, {"index": 0, "text": "And"}, **{"If-Match": first.headers["ETag"]})

    assert [one.status_code for one in (first, late, anew)] == [200, 412, 200]
    assert viewer_sees(editor, ref).startswith("And")


@pytest.mark.parametrize(
    "wishes",
    [
        [],
        [{"index": 6, "text": "x"}],
        [{"index": 5, "count": 2, "text": "x"}],
        [{"index": 0, "text": "fine"}, {"index": 9, "text": "x"}],
        [{"index": 0, "count": 3, "text": "x"}, {"index": 2, "text": "y"}],
        [{"start_ms": 1, "text": "x"}],
        [{"index": 0, "start_ms": 5_000, "text": "x"}],
        [{"text": "x"}],
        [{"index": 10**12, "text": "x"}],
        [{"index": 0, "text": "a\u0000b"}],
        [{"index": 0, "text": "x" * 501}],
        [{"index": 0, "text": "x"}] * 101,
    ],
)
def test_corrections_that_can_not_be_leave_nothing_behind(
    editor: TestClient, engine: Engine, ref: JobRef, wishes: list[dict[str, Any]]
) -> None:
    assert correct(editor, ref, *wishes).status_code == 422
    with workspace_session(engine, ref.workspace_id) as session:
        assert session.scalars(select(WordCorrection)).all() == []
        assert session.scalars(select(AuditEntry)).all() == []


def test_corrections_that_grow_together_too_far_are_refused(
    editor: TestClient, ref: JobRef
) -> None:
    many = " ".join(["ab"] * 100)
    assert correct(editor, ref, {"index": 1, "count": 2, "text": many}).status_code == 200
    answer = correct(editor, ref, {"index": 1, "text": "y" * 400})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "OPTION_INVALID")


def test_a_job_without_a_transcript_says_so(
    viewer: TestClient, engine: Engine, workspace: WorkspaceId
) -> None:
    answer = viewer.get(place(new_job(engine, workspace)))
    assert answer.status_code == 404
    assert "no transcript yet" in answer.json()["error"]["message"]


def test_a_stranger_neither_reads_nor_corrects(stranger: TestClient, ref: JobRef) -> None:
    assert stranger.get(place(ref)).status_code == 404
    assert correct(stranger, ref, {"index": 0, "text": "x"}).status_code == 404


def test_a_viewer_does_not_correct(viewer: TestClient, ref: JobRef) -> None:
    assert correct(viewer, ref, {"index": 0, "text": "x"}).status_code == 403
