from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from cliply.domain.attachments import AttachmentKind
from cliply.errors import NotFound, Unavailable
from cliply.footage.pexels import Pexels
from cliply.services.brand_files import list_files
from cliply.services.stock import keep_footage
from cliply.storage.objects import ObjectStore
from tests.footage.fake_pexels import KEY, FakePexels, serving
from tests.media.synthesis import Shot, compose, solid


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


@pytest.fixture
def server(tmp_path) -> Iterator[FakePexels]:
    video = compose(tmp_path / "bees.mp4", [Shot(1.0, solid(200, 160, 20))])
    with serving(FakePexels(video.read_bytes())) as fake:
        yield fake


def pexels(server: FakePexels) -> Pexels:
    return Pexels(SecretStr(KEY), base_url=server.address, timeout_s=5)


def test_found_footage_is_a_file_that_edits_may_name(engine, store, workspace, server):
    credit = keep_footage(engine, store, workspace, "bees", "bees", pexels(server))
    assert credit.author == "Ada Bee"
    (row,) = list_files(engine, workspace)
    assert (row.name, row.kind) == ("bees", AttachmentKind.video)
    assert store.exists(row.object_key)


def test_a_download_that_breaks_off_keeps_nothing(engine, store, workspace, server):
    server.fails = "file_cut"
    with pytest.raises(Unavailable):
        keep_footage(engine, store, workspace, "bees", "bees", pexels(server))
    assert list_files(engine, workspace) == []


def test_a_search_without_a_fitting_video_is_not_found(engine, store, workspace, server):
    server.finds_nothing = True
    with pytest.raises(NotFound, match="bees"):
        keep_footage(engine, store, workspace, "bees", "bees", pexels(server))
