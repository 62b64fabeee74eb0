"""A render that is stopped or fails leaves nothing behind and can be made again."""

import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cliply.db import renders as render_rows
from cliply.db.session import workspace_session
from cliply.domain.audio import AudioFeatures
from cliply.domain.clips import RenderedClip
from cliply.domain.faces import FaceTrackList
from cliply.domain.ids import JobRef
from cliply.domain.progress import OnProgress, unwatched
from cliply.domain.scenes import SceneList
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript
from cliply.errors import Cancelled, CliplyError
from cliply.media.ffmpeg import find_ffmpeg
from cliply.media.specs import Material
from cliply.services.planning import list_planned
from cliply.services.rendering import Studio, render_clip
from cliply.storage.keys import render_key
from cliply.storage.objects import ObjectStore
from resources.artifacts import Artifacts
from tests_end_to_end.graph.conftest import QUICK, Materialise

ANALYSIS = (
    "source_video",
    "audio_features",
    "audio_levels",
    "transcript",
    "mood",
    "scenes",
    "faces",
    "candidates",
    "ranking",
)

Render = Callable[..., RenderedClip]


@pytest.fixture
def ref(materialise: Materialise, submitted: JobRef) -> JobRef:
    """The talk, analysed and not rendered."""
    assert materialise(submitted, *ANALYSIS).success
    return submitted


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where renders put their temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def render(ref: JobRef, engine: Engine, store: ObjectStore, scratch: Path) -> Render:
    """Render the first clip of the job."""
    artifacts = Artifacts(store)
    source = artifacts.load(ref, "source_video", SourceVideo)
    material = Material(
        source=source.media,
        source_hash=source.content_hash,
        transcript=artifacts.load(ref, "transcript", Transcript),
        features=artifacts.load(ref, "audio_features", AudioFeatures),
        levels=artifacts.load_table(ref, "audio_levels"),
        scenes=artifacts.load(ref, "scenes", SceneList),
        faces=artifacts.load(ref, "faces", FaceTrackList),
    )
    studio = Studio(engine, store, find_ffmpeg(None), ref, QUICK, material)
    (planned,) = list_planned(engine, ref, frozenset({0}))

    def run(on_progress: OnProgress = unwatched) -> RenderedClip:
        with store.open_path(source.object_key) as path:
            return render_clip(studio, planned, path, reuse=True, on_progress=on_progress)

    return run


def stopping_at(limit: float) -> OnProgress:
    def report(fraction: float) -> None:
        if fraction >= limit:
            raise Cancelled

    return report


def left_behind(engine: Engine, store: ObjectStore, ref: JobRef, scratch: Path) -> list[object]:
    with workspace_session(engine, ref.workspace_id) as session:
        rows = render_rows.list_renders(session, ref.job_id)
    objects = store.list(f"{ref.workspace_id.hex}/clips")
    return [*rows, *objects, *scratch.rglob("*")]


@contextmanager
def largest_file(size_bytes: int) -> Iterator[None]:
    """No file grows beyond this, ours and those of our children, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_render_that_is_stopped_or_fails_leaves_nothing_and_can_be_made_again(
    render: Render, engine: Engine, store: ObjectStore, ref: JobRef, scratch: Path, tmp_path: Path
) -> None:
    for limit in (0.0, 0.5, 0.98, 1.0):
        with pytest.raises(Cancelled):
            render(stopping_at(limit))
        assert left_behind(engine, store, ref, scratch) == []

    with largest_file(16_000), pytest.raises(CliplyError):
        render()
    assert left_behind(engine, store, ref, scratch) == []

    in_the_way = tmp_path / "objects" / render_key(ref, 0, 1, ".jpg")
    (in_the_way / "x").mkdir(parents=True)
    with pytest.raises(CliplyError):
        render()
    assert left_behind(engine, store, ref, scratch) == []

    (in_the_way / "x").rmdir()
    in_the_way.rmdir()
    assert render().version == 1
    assert list(scratch.iterdir()) == []
