"""A language model in the graph: asked once, believed in its order, never with what is settled."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from clip_assets.steps import FORCE_TAG, REUSE_TAG
from cliply.db import clips as clip_rows
from cliply.db import steps as step_rows
from cliply.db.models import Clip
from cliply.db.session import workspace_session
from cliply.db.urls import DatabaseUrls
from cliply.domain.candidates import CandidateList
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.ranking import Ranking
from cliply.settings import Settings
from cliply.storage.objects import ObjectStore
from resources.artifacts import Artifacts
from tests.rows import new_job
from tests.selection.fake_llm import KEY, MODEL, FakeLlm, Shown, Style, judged, serving
from tests.selection.ranking.test_ranker import TEXTS, moments
from tests_end_to_end.graph.conftest import Materialise, running

BY_SCORE = ["m000", "m001", "m002", "m003"]


@pytest.fixture
def host() -> Iterator[FakeLlm]:
    with serving(FakeLlm(style=Style.together)) as fake:
        yield fake


@pytest.fixture
def graph(
    database: DatabaseUrls, tmp_path: Path, store: ObjectStore, host: FakeLlm
) -> Iterator[Materialise]:
    settings = Settings(
        cliply_home=tmp_path,
        storage_url=store.url,
        model_hub="never",
        llm_url=host.url,
        llm_model=MODEL,
        llm_api_key=SecretStr(KEY),
    )
    with running(settings, database) as run:
        yield run


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId, store: ObjectStore) -> JobRef:
    """A job with four candidates that are not ranked yet."""
    job = new_job(engine, workspace)
    Artifacts(store).save(job, "candidates", CandidateList(items=moments(*TEXTS)))
    return job


def rows_of(engine: Engine, ref: JobRef) -> list[Clip]:
    with workspace_session(engine, ref.workspace_id) as session:
        return clip_rows.list_clips(session, ref.job_id)


def candidates_of(engine: Engine, ref: JobRef) -> list[str | None]:
    return [row.candidate_id for row in rows_of(engine, ref)]


def step_of(engine: Engine, ref: JobRef) -> dict[str, object]:
    with workspace_session(engine, ref.workspace_id) as session:
        return step_rows.get_step(session, ref.job_id, "ranking").output or {}


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    (event,) = result.asset_materializations_for_node("ranking")
    return {name: str(value.value) for name, value in event.metadata.items()}


def in_order(shown: list[Shown]) -> list[dict[str, object]]:
    return [judged(one.name, 50, title="Bees count landmarks") for one in shown]


def test_the_models_order_and_words_become_clips_and_are_asked_for_once(
    graph: Materialise, ref: JobRef, engine: Engine, store: ObjectStore, host: FakeLlm
) -> None:
    result = graph(ref, "ranking", tags={REUSE_TAG: "true"})

    assert result.success
    ranking = Artifacts(store).load(ref, "ranking", Ranking)
    assert ranking.ranked_by == f"custom {MODEL}"
    assert candidates_of(engine, ref) == BY_SCORE[::-1]
    row = rows_of(engine, ref)[0]
    assert row.span == moments(*TEXTS)[-1].span
    assert (row.title, row.virality, row.hashtags) == (
        "Why bees never get lost",
        0.9,
        ["bees", "nature"],
    )
    output = step_of(engine, ref)
    assert (output["ranked_by"], output["requests"]) == (f"custom {MODEL}", 1)
    assert (output["input_tokens"], output["cost_usd"]) == (1000, None)
    told = metadata_of(result)
    assert "cerebras: no key" in told["refused"]
    assert "Why bees never get lost" in told["moments"]
    assert KEY not in str(told)

    assert graph(ref, "ranking", tags={REUSE_TAG: "true"}).success
    assert len(host.bodies) == 1


def test_a_second_choice_is_not_taken_again(
    graph: Materialise, ref: JobRef, engine: Engine, host: FakeLlm
) -> None:
    host.always = "503"
    assert graph(ref, "ranking", tags={REUSE_TAG: "true"}).success
    assert step_of(engine, ref)["ranked_by"] == "signals"
    assert candidates_of(engine, ref) == BY_SCORE

    host.always = ""
    assert graph(ref, "ranking", tags={REUSE_TAG: "true"}).success

    assert step_of(engine, ref)["ranked_by"] == f"custom {MODEL}"
    assert candidates_of(engine, ref) == BY_SCORE[::-1]


def test_ranking_anew_leaves_rendered_clips_where_they_are_unless_forced(
    graph: Materialise, ref: JobRef, engine: Engine, host: FakeLlm
) -> None:
    host.answers = in_order
    assert graph(ref, "ranking").success
    with workspace_session(engine, ref.workspace_id) as session:
        for row in clip_rows.list_clips(session, ref.job_id):
            row.version = 1
    host.answers = None

    assert graph(ref, "ranking").success
    assert candidates_of(engine, ref) == BY_SCORE
    assert rows_of(engine, ref)[0].title == "Bees count landmarks"

    assert graph(ref, "ranking", tags={FORCE_TAG: "true"}).success
    assert len(host.bodies) == 3
    assert candidates_of(engine, ref) == BY_SCORE[::-1]
