"""Looks into a job's table of frames without reading all of it."""

from bisect import bisect_right
from io import RawIOBase
from pathlib import Path


def count_frames(path: Path) -> int:
    """Rows of a table of frames."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def picture_at(table: RawIOBase, time_ms: int) -> bytes | None:
    """The frame that is on screen at this time, as JPEG; None in a table without frames.

    One group of rows is read: about a megabyte.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(table) as frames:
        starts_ms = [
            frames.metadata.row_group(number).column(0).statistics.min
            for number in range(frames.num_row_groups)
        ]
        if not starts_ms:
            return None
        group = max(0, bisect_right(starts_ms, time_ms) - 1)
        rows = frames.read_row_group(group, columns=["time_ms", "jpeg"])
    times_ms = rows.column("time_ms").to_pylist()
    place = max(0, bisect_right(times_ms, time_ms) - 1)
    return bytes(rows.column("jpeg")[place].as_py())
