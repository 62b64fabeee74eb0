"""Single frames out of a job's table, read by ranges from a folder or a bucket."""

from pathlib import Path

import pytest

from cliply.errors import NotFound
from cliply.media.frame_table import FrameTable
from cliply.search.pictures import count_frames, picture_at
from cliply.storage.objects import ObjectStore
from tests.s3 import S3Storage

KEY = "workspace/analysis/job/frames.parquet"


def frames(folder: Path, count: int) -> Path:
    """A frame every 5 s from 2 s on, each called after its number; several groups of rows."""
    path = folder / "frames.parquet"
    with FrameTable(path) as table:
        for number in range(count):
            table.add(2_000 + 5_000 * number, 0.0, b"frame %d" % number)
    return path


@pytest.mark.parametrize(
    ("time_ms", "number"),
    [(0, 0), (2_000, 0), (6_999, 0), (7_000, 1), (321_999, 63), (322_000, 64), (9_999_999, 199)],
)
def test_the_frame_on_screen_at_a_time_is_found(tmp_path: Path, time_ms: int, number: int) -> None:
    store = ObjectStore((tmp_path / "objects").as_uri())
    store.put_file(KEY, frames(tmp_path, 200))

    with store.open_ranges(KEY) as table:
        assert picture_at(table, time_ms) == b"frame %d" % number


def test_a_table_without_frames_has_no_picture(tmp_path: Path) -> None:
    path = frames(tmp_path, 0)

    assert count_frames(path) == 0
    with path.open("rb", buffering=0) as table:
        assert picture_at(table, 0) is None


def test_a_bucket_sends_only_what_is_needed(tmp_path: Path, s3_storage: S3Storage) -> None:
    store = s3_storage.open("pictures")
    store.put_file(KEY, frames(tmp_path, 200))

    with store.open_ranges(KEY) as table:
        assert picture_at(table, 400_000) == b"frame 79"
    with pytest.raises(NotFound), store.open_ranges("workspace/nothing.parquet"):
        pass
