"""Files that arrive in pieces, and objects made of them."""

import os
from pathlib import Path

import pytest

from cliply.errors import Conflict, ErrorCode, NotFound, Unavailable
from cliply.storage.objects import ObjectStore
from cliply.storage.partial import MOST_PIECES, PartialFile, partial_size, remove_partial
from tests.s3 import S3Storage


def test_pieces_follow_each_other_over_several_writers(tmp_path: Path) -> None:
    path = tmp_path / "a" / "file#0"
    pieces = [bytes([number % 256]) * 3 for number in range(2 * MOST_PIECES + 5)]
    for part in (pieces[:7], pieces[7:]):
        file = PartialFile(path)
        file.write(part)
        file.close()
    assert path.read_bytes() == b"".join(pieces)
    assert partial_size(path) == 3 * len(pieces)


def test_a_pipe_is_written_behind_what_there_is(tmp_path: Path) -> None:
    file = PartialFile(tmp_path / "file#0")
    outlet, inlet = os.pipe()
    file.write([b"ab"])
    os.write(inlet, b"cdefg")
    file.write_from(outlet, 3)
    file.write([b"!"])
    file.write_from(outlet, 2)
    for descriptor in (outlet, inlet):
        os.close(descriptor)
    file.close()
    assert (tmp_path / "file#0").read_bytes() == b"abcde!fg"


def test_a_pipe_into_a_full_disk_is_refused() -> None:
    """The device does not splice either."""
    file = PartialFile(Path("/dev/full"))
    outlet, inlet = os.pipe()
    os.write(inlet, b"abc")
    with pytest.raises(Unavailable) as failure:
        file.write_from(outlet, 3)
    for descriptor in (outlet, inlet):
        os.close(descriptor)
    file.close()
    assert failure.value.code is ErrorCode.disk_full


def test_there_is_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "file#0"
    first = PartialFile(path)
    with pytest.raises(Conflict):
        PartialFile(path)
    assert not remove_partial(path)
    first.close()
    assert remove_partial(path)
    assert partial_size(path) == 0


def test_a_partial_file_is_no_object_until_it_is_adopted(tmp_path: Path) -> None:
    store = ObjectStore((tmp_path / "objects").as_uri())
    path = store.partial_path("w/uploads/x.mp4")
    file = PartialFile(path)
    file.write([b"all", b" of it"])
    file.close()
    assert store.list("w") == []
    store.adopt("w/uploads/x.mp4", path)
    assert store.list("w") == ["w/uploads/x.mp4"]
    assert store.get_bytes("w/uploads/x.mp4") == b"all of it"
    assert not path.exists()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return ObjectStore((tmp_path / "objects").as_uri())
    storage: S3Storage = request.getfixturevalue("s3_storage")
    return storage.open("partial", scratch=tmp_path)


def test_a_copy_is_of_the_version_that_was_seen(store: ObjectStore) -> None:
    store.put_bytes("w/a.mp4", b"first")
    version = store.version("w/a.mp4")
    store.copy("w/a.mp4", "w/deep/b.mp4", only=version)
    assert store.get_bytes("w/deep/b.mp4") == b"first"
    store.put_bytes("w/a.mp4", b"second")
    assert store.get_bytes("w/deep/b.mp4") == b"first"
    with pytest.raises(Conflict):
        store.copy("w/a.mp4", "w/c.mp4", only=version)
    assert not store.exists("w/c.mp4")
    with pytest.raises(NotFound):
        store.copy("w/none.mp4", "w/c.mp4", only=version)
