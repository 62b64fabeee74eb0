"""The transcript as a step of a job: which engine, its files, when it is taken again."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine

from clip_assets.steps import REUSE_TAG
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import JobSettings
from cliply.domain.transcript import Transcript
from cliply.domain.vocabulary import Term
from cliply.services import submission, vocabulary
from cliply.settings import Settings
from cliply.storage.keys import artifact_key
from cliply.storage.objects import ObjectStore
from resources.artifacts import Artifacts
from tests.speech.fake_deepgram import KEY, FakeDeepgram, Said, serving
from tests_end_to_end.graph.conftest import Materialise, running

HEARD = ("source_video", "audio_features", "transcript")


@pytest.fixture
def deepgram() -> Iterator[FakeDeepgram]:
    with serving(FakeDeepgram(words=[Said("ask", 5.0, 5.4), Said("not", 5.4, 6.0)])) as fake:
        yield fake


@pytest.fixture
def materialise(
    database: DatabaseUrls, tmp_path: Path, store: ObjectStore, deepgram: FakeDeepgram
) -> Iterator[Materialise]:
    """The graph of an installation that asks Deepgram alone."""
    settings = Settings(
        cliply_home=tmp_path,
        storage_url=store.url,
        transcribers="deepgram",
        deepgram_api_key=KEY,
        deepgram_url=deepgram.address,
    )
    with running(settings, database) as run:
        yield run


def test_a_transcript_is_reused_unless_its_engine_failed_or_the_vocabulary_changed(
    materialise: Materialise,
    engine: Engine,
    store: ObjectStore,
    workspace: WorkspaceId,
    shared_media: Path,
    deepgram: FakeDeepgram,
) -> None:
    offer = submission.examine(shared_media / "jfk.flac", None)

    def said_in(max_clips: int) -> tuple[Transcript, dg.ExecuteInProcessResult, JobRef]:
        wish = JobSettings(max_clips=max_clips, language="en")
        ref = submission.submit(engine, store, workspace, offer, wish, with_run_request=False)
        result = materialise(ref, *HEARD, tags={REUSE_TAG: "true"})
        assert result.success
        return Artifacts(store).load(ref, "transcript", Transcript), result, ref

    deepgram.failures = ["402"]
    failed, _, _ = said_in(1)
    assert failed.refusals[0].reason.startswith("failed: Deepgram answered 402")
    heard, result, _ = said_in(2)
    assert (heard.engine, deepgram.requests) == ("deepgram", 2)
    assert KEY not in json.dumps([event.message for event in result.all_events])
    again, _, ref = said_in(3)
    assert (again.words, deepgram.requests) == (heard.words, 2)
    assert b"ask not" in store.get_bytes(artifact_key(ref, "transcript", ".vtt"))
    vocabulary.put_term(engine, workspace, Term(text="Kennedy"))
    said_in(4)
    assert deepgram.requests == 3
    assert deepgram.asked[-1]["keyterm"] == ["Kennedy"]
