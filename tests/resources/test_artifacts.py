"""Artifacts are handed on as values, tables and files."""

from pathlib import Path
from uuid import uuid4

import polars as pl
import pytest

from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.scenes import SceneList
from cliply.errors import NotFound
from cliply.storage.objects import ObjectStore
from resources.artifacts import Artifacts


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(ObjectStore((tmp_path / "objects").as_uri()))


@pytest.fixture
def ref() -> JobRef:
    return JobRef(WorkspaceId(uuid4()), JobId(uuid4()))


def test_values_and_tables_come_back(artifacts: Artifacts, ref: JobRef) -> None:
    scenes, table = SceneList(detector="test"), pl.DataFrame({"time_ms": [0, 500]})
    assert artifacts.save(ref, "scenes", scenes).endswith("/scenes.json")
    assert artifacts.save(ref, "looks", table).endswith("/looks.parquet")
    assert artifacts.load(ref, "scenes", SceneList) == scenes
    assert artifacts.load_table(ref, "looks").equals(table)


def test_a_file_is_copied_and_can_be_read_as_one(
    artifacts: Artifacts, ref: JobRef, tmp_path: Path
) -> None:
    made = tmp_path / "made.parquet"
    made.write_bytes(b"frames")
    assert artifacts.save(ref, "frames", made).endswith("/frames.parquet")
    made.unlink()
    with artifacts.open_file(ref, "frames", ".parquet") as path:
        assert path.read_bytes() == b"frames"


def test_a_file_that_was_never_made_is_not_found(artifacts: Artifacts, ref: JobRef) -> None:
    with pytest.raises(NotFound), artifacts.open_file(ref, "frames", ".parquet"):
        pass
