"""Search over the API: the workspace's own videos and no others."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.backend import Backend
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.search.embedder import Loaded
from cliply.services.indexing import index_job
from cliply.speech.words import RawWord, transcript_of
from tests.rows import rendered_job


def words(text: str) -> Transcript:
    raw = [RawWord(w, n * 400, n * 400 + 300, 0.9) for n, w in enumerate(text.split())]
    return transcript_of(raw, 60_000, engine="scripted", quality=TranscriptQuality.high)


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId, backend: Backend) -> JobRef:
    ref = rendered_job(engine, workspace, 0)
    index(engine, backend, ref, "Bees find their way home by landmarks.")
    return ref


def index(
    engine: Engine, backend: Backend, ref: JobRef, text: str, frames: Path | None = None
) -> None:
    index_job(
        engine, backend.search, ref, words(text), frames, Loaded(None), reuse=False,
        on_progress=lambda _: None,
    )  # fmt: skip


def test_a_moment_is_found_by_what_is_said(
    viewer: TestClient, engine: Engine, workspace: WorkspaceId, backend: Backend, ref: JobRef
) -> None:
    other = rendered_job(engine, workspace, 0)
    index(engine, backend, other, "Bees like sugar.")

    everywhere = viewer.post("/api/search", json={"query": "bees"}).json()["data"]
    there = viewer.post(f"/api/jobs/{ref.job_id}/search", json={"query": "bees"}).json()["data"]
    named = {"query": "bees", "job_id": str(other.job_id), "limit": 1}

    assert {hit["job_id"] for hit in everywhere} == {str(ref.job_id), str(other.job_id)}
    (hit,) = there
    assert (hit["job_id"], hit["file_name"], hit["clip"]) == (
        str(ref.job_id),
        "talk.mp4",
        "1: From 0",
    )
    assert (hit["found_by"], "landmarks" in hit["text"]) == (["words"], True)
    (hit,) = viewer.post("/api/search", json=named).json()["data"]
    assert hit["job_id"] == str(other.job_id)


def test_a_stranger_finds_nothing_of_it(stranger: TestClient, ref: JobRef) -> None:
    assert stranger.post("/api/search", json={"query": "bees"}).json() == {"data": []}
    for path, body in (
        (f"/api/jobs/{ref.job_id}/search", {"query": "bees"}),
        ("/api/search", {"query": "bees", "job_id": str(ref.job_id)}),
    ):
        assert stranger.post(path, json=body).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "   "}, "QUERY_EMPTY"),
        ({"query": ""}, "REQUEST_INVALID"),
        ({"query": "x" * 501}, "REQUEST_INVALID"),
        ({"query": "a\u0000b"}, "REQUEST_INVALID"),
        ({"query": "bees", "limit": 101}, "REQUEST_INVALID"),
        ({"query": "bees", "where": "1=1"}, "REQUEST_INVALID"),
    ],
)
def test_a_query_that_can_not_be_is_refused(
    viewer: TestClient, body: dict[str, object], code: str
) -> None:
    answer = viewer.post("/api/search", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


@pytest.mark.parametrize("query", ['" OR 1=1 --', "bees AND (", "'; drop table jobs", "*:*", "🐝"])
def test_operators_in_a_query_are_words(viewer: TestClient, ref: JobRef, query: str) -> None:
    assert viewer.post("/api/search", json={"query": query}).status_code == 200
