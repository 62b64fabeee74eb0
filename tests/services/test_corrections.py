"""Corrected words: kept with the media, and only what shows them is rendered anew."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cliply.db.clips import list_clips
from cliply.db.jobs import get_job
from cliply.db.run_requests import list_pending
from cliply.db.session import workspace_session
from cliply.db.sources import get_source
from cliply.db.word_corrections import list_corrections
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import JobStatus
from cliply.domain.transcript import TranscriptQuality
from cliply.errors import InvalidInput, NotFound
from cliply.services.corrections import correct_words, read_words
from cliply.speech.words import RawWord, transcript_of
from cliply.storage.keys import artifact_key
from cliply.storage.objects import ObjectStore
from tests.rows import new_job, rendered_job

SAID = ["well", "clip", "lee", "cuts", "long", "talks"]


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId, store: ObjectStore) -> JobRef:
    """A job under review; its first clip has six words from 5 s on, its second none."""
    ref = rendered_job(engine, workspace, 0, 30_000)
    heard(store, ref, SAID)
    return ref


def heard(store: ObjectStore, ref: JobRef, said: list[str]) -> None:
    raw = [RawWord(w, 5_000 + n * 400, 5_300 + n * 400, 0.3) for n, w in enumerate(said)]
    words = transcript_of(raw, 60_000, engine="scripted", quality=TranscriptQuality.low)
    key = artifact_key(ref, "transcript", ".json")
    store.put_bytes(key, words.model_dump_json().encode())


def seen(engine: Engine, store: ObjectStore, ref: JobRef) -> str:
    return " ".join(word.text for word in read_words(engine, store, ref).words)


def test_a_correction_is_seen_and_asks_only_for_the_clips_that_show_it(
    engine: Engine, store: ObjectStore, ref: JobRef
) -> None:
    slots = correct_words(engine, store, ref, 1, 2, "Cliply", with_run_request=True)

    assert slots == (0,)
    assert seen(engine, store, ref) == "well Cliply cuts long talks"
    with workspace_session(engine, ref.workspace_id) as session:
        (request,) = list_pending(session, limit=9)
        assert (request.assets, request.reason) == (["clip/c00"], "corrected")
        assert get_job(session, ref.job_id).status is JobStatus.rendering
        assert [clip.status for clip in list_clips(session, ref.job_id)] == [
            ClipStatus.planned,
            ClipStatus.rendered,
        ]


def test_a_corrected_word_can_be_corrected_again_and_its_neighbours_stay(
    engine: Engine, store: ObjectStore, ref: JobRef
) -> None:
    correct_words(engine, store, ref, 1, 3, "Cliply quickly cuts", with_run_request=False)
    correct_words(engine, store, ref, 2, 2, "neatly", with_run_request=False)
    assert seen(engine, store, ref) == "well Cliply neatly cuts long talks"
    correct_words(engine, store, ref, 0, 1, "Cliply", with_run_request=False)
    assert seen(engine, store, ref) == "Cliply neatly cuts long talks"


def test_corrections_outlive_a_new_transcript_and_hold_for_other_jobs_of_the_media(
    engine: Engine, store: ObjectStore, ref: JobRef
) -> None:
    correct_words(engine, store, ref, 1, 2, "Cliply", with_run_request=False)
    heard(store, ref, ["well", "klip", "leah", "cuts", "strong", "talks"])
    assert seen(engine, store, ref) == "well Cliply cuts strong talks"

    again = rendered_job(engine, ref.workspace_id, 0, like=ref)
    heard(store, again, ["whale", "clips", "leap", "cuts", "long", "walks"])
    assert seen(engine, store, again) == "whale Cliply cuts long walks"


def test_two_who_correct_the_same_word_at_once_leave_one_correction(
    engine: Engine, store: ObjectStore, ref: JobRef
) -> None:
    def put(text: str) -> None:
        correct_words(engine, store, ref, 1, 2, text, with_run_request=False)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, ["Cliply", "Kip Leigh", "Clip-Lee", "Klip"]))
    with workspace_session(engine, ref.workspace_id) as session:
        content_hash = get_source(
            session, get_job(session, ref.job_id).source_video_id
        ).content_hash
        assert len(list_corrections(session, content_hash)) == 1


def test_words_that_are_not_there_change_nothing(
    engine: Engine, store: ObjectStore, ref: JobRef
) -> None:
    for first, last in ((0, 6), (-1, 0), (3, 2)):
        with pytest.raises(InvalidInput, match="the transcript has 0 to 5"):
            correct_words(engine, store, ref, first, last, "no", with_run_request=True)
    assert seen(engine, store, ref) == " ".join(SAID)
    with workspace_session(engine, ref.workspace_id) as session:
        assert list_pending(session, limit=9) == []


def test_another_workspace_neither_corrects_nor_sees_it(
    engine: Engine, store: ObjectStore, ref: JobRef, rival: WorkspaceId
) -> None:
    with pytest.raises(NotFound):
        correct_words(
            engine, store, JobRef(rival, ref.job_id), 1, 2, "Mine", with_run_request=False
        )
    twin = rendered_job(engine, rival, 0, like=ref)
    heard(store, twin, SAID)
    correct_words(engine, store, ref, 1, 2, "Cliply", with_run_request=False)
    assert seen(engine, store, twin) == " ".join(SAID)


def test_before_there_is_a_transcript_it_says_so(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId
) -> None:
    with pytest.raises(NotFound):
        read_words(engine, store, new_job(engine, workspace))
