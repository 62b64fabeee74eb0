"""Frames to embed go through a Parquet file in groups."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cliply.media.frame_table import GROUP_ROWS, FrameRow, FrameTable, count_frames, read_frames


def written(path: Path, frames: int) -> list[FrameRow]:
    rows = [FrameRow(1000 * index, index / 4, bytes([index % 251]) * 50) for index in range(frames)]
    with FrameTable(path) as table:
        for row in rows:
            table.add(*row)
    return rows


def test_what_was_written_is_read_in_batches(tmp_path: Path) -> None:
    rows = written(tmp_path / "frames.parquet", 150)
    batches = list(read_frames(tmp_path / "frames.parquet", batch=32))
    assert [row for batch in batches for row in batch] == rows
    assert max(len(batch) for batch in batches) <= 32
    assert count_frames(tmp_path / "frames.parquet") == 150


def test_rows_are_written_in_small_groups_with_the_times_they_hold(tmp_path: Path) -> None:
    written(tmp_path / "frames.parquet", 2 * GROUP_ROWS + 1)
    with pq.ParquetFile(tmp_path / "frames.parquet") as table:
        groups = [table.metadata.row_group(number) for number in range(table.num_row_groups)]
        types = [str(field.type) for field in table.schema_arrow]
    assert [group.num_rows for group in groups] == [GROUP_ROWS, GROUP_ROWS, 1]
    assert [group.column(0).statistics.min for group in groups] == [0, 64_000, 128_000]
    assert types == ["int64", "float", "binary"]


def test_a_table_without_frames_is_empty(tmp_path: Path) -> None:
    written(tmp_path / "frames.parquet", 0)
    assert list(read_frames(tmp_path / "frames.parquet", batch=8)) == []
    assert count_frames(tmp_path / "frames.parquet") == 0


def test_an_error_while_writing_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), FrameTable(tmp_path / "frames.parquet") as table:
        table.add(0, 1 / 0, b"")
