"""Files that are there whole or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cliply.domain.progress import OnProgress, unwatched

BLOCK_BYTES = 16 * 1024 * 1024
NO_KERNEL_COPY = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}


@contextmanager
def whole_file(target: Path) -> Iterator[int]:
    """A descriptor to write to; the file takes its name when the block ends well.

    Until then it is called `name#digits`, which no listing of an object store shows, and
    any exception removes it. Missing folders are made.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}#{secrets.randbelow(10**12)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        try:
            yield descriptor
        finally:
            os.close(descriptor)
        partial.rename(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_file(target: Path, content: bytes) -> None:
    """Replace the file by these bytes."""
    with whole_file(target) as descriptor:
        write_all(descriptor, content)


def write_all(descriptor: int, content: bytes | memoryview) -> None:
    """`os.write` may take only a part."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def copy_file(source: Path, target: Path, on_progress: OnProgress = unwatched) -> None:
    """Copy inside the kernel, sharing blocks where the file system can."""
    with source.open("rb", buffering=0) as file, whole_file(target) as descriptor:
        total_bytes = max(1, os.fstat(file.fileno()).st_size)
        copied_bytes = 0
        while moved := _move_block(file.fileno(), descriptor):
            copied_bytes += moved
            on_progress(min(1.0, copied_bytes / total_bytes))


def _move_block(source: int, target: int) -> int:
    """Bytes moved from one file position to the other; 0 at the end of the source."""
    try:
        return os.copy_file_range(source, target, BLOCK_BYTES)
    except OSError as error:
        if error.errno not in NO_KERNEL_COPY:
            raise
    block = os.read(source, BLOCK_BYTES)
    write_all(target, block)
    return len(block)
