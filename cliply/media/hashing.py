"""The identity of a file: a digest of its content."""

import hashlib
from pathlib import Path

from cliply.domain.progress import OnProgress, unwatched

BLOCK_BYTES = 4 * 1024 * 1024
DIGEST_BYTES = 32


def hash_file(path: Path, *, on_progress: OnProgress = unwatched) -> str:
    """BLAKE2b-256 of the file, 64 hexadecimal digits; memory use does not grow with it.

    Raises OSError when the file can not be read.
    """
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    with path.open("rb", buffering=0) as file:
        total_bytes = max(1, path.stat().st_size)
        read_bytes = 0
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            read_bytes += len(block)
            on_progress(min(1.0, read_bytes / total_bytes))
    return digest.hexdigest()
