"""The asset `embeddings`: what was said can be searched, and no clip waits for it."""

from sqlalchemy import Engine

from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.search import IndexedJob
from cliply.search.database import SearchPlace
from cliply.services.search import find_moments, thumbnail
from cliply.storage.objects import ObjectStore
from definitions import ASSETS
from resources.artifacts import Artifacts
from tests_end_to_end.graph.conftest import Materialise


def test_a_finished_job_can_be_searched_without_any_model(
    materialise: Materialise,
    submitted: JobRef,
    engine: Engine,
    store: ObjectStore,
    workspace: WorkspaceId,
) -> None:
    result = materialise(submitted)

    assert result.success
    begun = [event.step_key for event in result.all_events if event.is_step_start]
    assert begun[-2:] == ["clips", "embeddings"], "no clip waits for it"
    (moment,) = find_moments(engine, SearchPlace(store.url), workspace, "best maps")
    assert moment.hit.job_id == submitted.job_id
    assert "best map of all" in moment.hit.text
    assert thumbnail(store, workspace, moment.hit) is not None
    made = Artifacts(store).load(submitted, "embeddings", IndexedJob)
    assert (made.chunks, made.frames, made.model) == (1, 0, None)
    assert [(one.engine, one.reason) for one in made.refusals] == [
        ("clip-vit-l-14", made.refusals[0].reason),
        ("clip-vit-b-32", made.refusals[0].reason),
    ]
    assert made.refusals[0].reason in ("not installed", "no weights")

    assert materialise(submitted, "embeddings").success, "it can be made again alone"
    assert len(find_moments(engine, SearchPlace(store.url), workspace, "best maps")) == 1


def test_nothing_depends_on_the_index() -> None:
    needed = {key.to_user_string() for asset in ASSETS for key in asset.dependency_keys}

    assert "embeddings" not in needed
