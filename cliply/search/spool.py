"""Vectors on their way from the model to the tables, kept on disk until all are there."""

import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from cliply.search.embedder import Vectors
from cliply.search.rows import Columns, columns_of


class VectorSpool:
    """Takes vectors in order and gives them back as often as wanted; removed at its end.

    Embedding takes minutes and can be cancelled, a commit to a table takes a second and can
    be repeated: the spool parts the two, at 3 kB a vector.
    """

    def __init__(self, dimension: int) -> None:
        import pyarrow as pa

        columns = {"start_ms": pa.int64(), "end_ms": pa.int64(), "motion": pa.float32()}
        self._schema = pa.schema([*columns.items(), ("vector", pa.list_(pa.float32(), dimension))])
        self._dimension = dimension
        self.rows = 0

    def __enter__(self) -> Self:
        import pyarrow as pa

        self._file = tempfile.NamedTemporaryFile(prefix="cliply-vectors-")
        self._writer = pa.ipc.new_file(self._file, self._schema)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()
        self._file.close()

    def add(
        self,
        starts_ms: Sequence[int],
        ends_ms: Sequence[int],
        motions: Sequence[float],
        vectors: Vectors,
    ) -> None:
        import pyarrow as pa

        flat = pa.array(vectors.reshape(-1), pa.float32())
        arrays = [
            pa.array(starts_ms, pa.int64()),
            pa.array(ends_ms, pa.int64()),
            pa.array(motions, pa.float32()),
            pa.FixedSizeListArray.from_arrays(flat, self._dimension),
        ]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
        self.rows += len(starts_ms)

    def groups(self) -> Iterator[Columns]:
        """All that was added; nothing can be added afterwards."""
        import pyarrow as pa

        self._writer.close()
        self._file.flush()
        with pa.ipc.open_file(self._file.name) as reader:
            for number in range(reader.num_record_batches):
                yield columns_of(reader.get_batch(number))
