"""A file that arrives in pieces: it grows at its end, under one writer, and outlives a cut."""

import errno
import fcntl
import os
import time
from collections.abc import Sequence
from pathlib import Path

from cliply.errors import Conflict, ErrorCode, NotFound, Unavailable

MARK = "#0"
"""Ends the name of a partial file; no listing of an object store shows such a name."""

FULL = {errno.ENOSPC, errno.EDQUOT}

MOST_PIECES = 512
"""Of one `writev`; Linux takes 1,024."""


class PartialFile:
    """The one writer of a partial file; a second one is refused until this one is closed.

    The lock belongs to the open file, so it ends with the process, however that ends, and
    holds for all processes on this machine.
    """

    def __init__(self, path: Path) -> None:
        """Raises Conflict while another writes, Unavailable when the disk is full."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise _failure(error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not self._is_present():
                raise BlockingIOError
        except BlockingIOError:
            os.close(self._descriptor)
            raise Conflict(
                "This upload is being written by another request; wait for its end, then ask "
                "how much has arrived."
            ) from None
        self.offset = os.lseek(self._descriptor, 0, os.SEEK_END)
        """Bytes that have arrived."""

    def write(self, pieces: Sequence[bytes]) -> None:
        """Add to the end. Raises Unavailable when the disk is full."""
        for start in range(0, len(pieces), MOST_PIECES):
            self._write(pieces[start : start + MOST_PIECES])

    def _write(self, pieces: Sequence[bytes]) -> None:
        left = [memoryview(piece) for piece in pieces if piece]
        try:
            while left:
                written = os.writev(self._descriptor, left)
                self.offset += written
                while left and written >= len(left[0]):
                    written -= len(left.pop(0))
                if written:
                    left[0] = left[0][written:]
        except OSError as error:
            raise _failure(error) from error

    def write_from(self, pipe: int, size_bytes: int) -> None:
        """Add what a pipe holds, within the kernel. Raises Unavailable when the disk is full."""
        end = self.offset + size_bytes
        while self.offset < end:
            try:
                self.offset += os.splice(pipe, self._descriptor, end - self.offset)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise _failure(error) from error
                # A file system that does not splice; the bytes are in the pipe still.
                self._write([os.read(pipe, end - self.offset)])

    def restart(self) -> None:
        """Forget what has arrived."""
        if self.offset:
            os.ftruncate(self._descriptor, 0)
        self.offset = os.lseek(self._descriptor, 0, os.SEEK_SET)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let another writer in."""
        os.close(self._descriptor)

    def _is_present(self) -> bool:
        """Whether the path still leads to the file that was locked."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except FileNotFoundError:
            return False


def partial_size(path: Path) -> int:
    """Bytes that have arrived; 0 when nothing has."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def remove_partial(path: Path) -> bool:
    """Remove it unless somebody writes to it; whether it is gone."""
    if not path.exists():
        return True
    try:
        file = PartialFile(path)
    except Conflict:
        return False
    try:
        file.remove()
    finally:
        file.close()
    return True


def remove_stale(folder: Path, older_than_s: float) -> int:
    """Remove partial files that nothing was written to for so long; how many."""
    before = time.time() - older_than_s
    removed = 0
    for path in folder.glob(f"*/uploads/*{MARK}"):
        try:
            is_stale = path.stat().st_mtime < before
        except FileNotFoundError:
            continue
        removed += is_stale and remove_partial(path)
    return removed


def _failure(error: OSError) -> Exception:
    if error.errno in FULL:
        return Unavailable(
            ErrorCode.disk_full, "There is no space left for uploads; try again later."
        )
    if error.errno == errno.ENOENT:
        return NotFound("The folder for uploads is gone; begin a new upload.")
    return Unavailable(
        ErrorCode.storage_unavailable,
        f"The upload could not be written ({error.strerror}); try again later.",
    )
