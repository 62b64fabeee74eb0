"""A stored object as a file of which only the parts that are asked for are fetched."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from obstore import ReadableFile


class StoredFile(io.RawIOBase):
    """Reads by ranges; what the store raises becomes an error of ours."""

    def __init__(
        self, reader: "ReadableFile", failures: "Callable[[], AbstractContextManager[None]]"
    ) -> None:
        self._reader = reader
        self._failures = failures

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        with self._failures():
            found = memoryview(self._reader.read(len(view)))
        view[: len(found)] = found
        return len(found)
