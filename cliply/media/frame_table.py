"""Frames to embed as a Parquet table, streamed to and from disk."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 64
"""Rows in memory at once: one to two megabytes of JPEG at 224 px."""

SCHEMA = pa.schema(
    [
        pa.field("time_ms", pa.int64(), nullable=False),
        pa.field("motion", pa.float32(), nullable=False),
        pa.field("jpeg", pa.binary(), nullable=False),
    ]
)


class FrameRow(NamedTuple):
    """One frame to embed."""

    time_ms: int
    """Source time."""
    motion: float
    """How much moved when it was shown, in HSV levels from frame to frame: 0 is a still."""
    jpeg: bytes
    """The picture as a player shows it, its short side 224 px or less."""


class FrameTable:
    """Writes frames to a Parquet file in groups, so that memory does not grow with their number.

    The file is whole only after the `with` block has ended well; without a frame it is an
    empty table.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[FrameRow] = []

    def __enter__(self) -> Self:
        self._writer = pq.ParquetWriter(
            self._path,
            SCHEMA,
            compression="none",
            use_dictionary=False,
            write_statistics=["time_ms"],
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._flush()
        finally:
            self._writer.close()

    def add(self, time_ms: int, motion: float, jpeg: bytes) -> None:
        """Append one frame; they come in order of time."""
        self._waiting.append(FrameRow(time_ms, motion, jpeg))
        if len(self._waiting) >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            columns = zip(*self._waiting, strict=True)
            arrays = [pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)]
            self._writer.write_batch(pa.record_batch(arrays, schema=SCHEMA))
            self._waiting.clear()


def count_frames(path: Path) -> int:
    """Rows of a table."""
    with pq.ParquetFile(path, pre_buffer=False) as table:
        return int(table.metadata.num_rows)


def read_frames(path: Path, batch: int) -> Iterator[list[FrameRow]]:
    """The frames of a table in order of time, at most `batch` of them at once."""
    with pq.ParquetFile(path, pre_buffer=False) as table:
        for rows in table.iter_batches(batch_size=batch, columns=SCHEMA.names):
            columns = (rows.column(name).to_pylist() for name in SCHEMA.names)
            yield [FrameRow(*row) for row in zip(*columns, strict=True)]
