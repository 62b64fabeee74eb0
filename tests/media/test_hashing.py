import hashlib
from pathlib import Path

import pytest

from cliply.errors import Cancelled
from cliply.media.hashing import BLOCK_BYTES, hash_file


def test_the_digest_is_blake2b_256_of_the_content(tmp_path: Path) -> None:
    content = bytes(range(256)) * (BLOCK_BYTES // 128)
    (tmp_path / "file").write_bytes(content)
    seen: list[float] = []
    digest = hash_file(tmp_path / "file", on_progress=seen.append)
    assert digest == hashlib.blake2b(content, digest_size=32).hexdigest()
    assert seen == [0.5, 1.0]


def test_an_empty_file_has_a_digest_too(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert len(hash_file(tmp_path / "file")) == 64


def test_hashing_can_be_cancelled(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")

    def cancel(_fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        hash_file(tmp_path / "file", on_progress=cancel)
