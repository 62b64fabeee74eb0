"""One contract for a local folder and a bucket."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from cliply.errors import Cancelled, ErrorCode, NotFound, SettingsError, Unavailable
from cliply.storage.objects import ObjectStore
from tests.s3 import S3Storage

LARGE_BYTES = 13 * 1024 * 1024


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return ObjectStore((tmp_path / "objects").as_uri())
    storage: S3Storage = request.getfixturevalue("s3_storage")
    return storage.open(f"test/{uuid4().hex}", scratch=tmp_path)


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "large.mp4"
    path.write_bytes(os.urandom(LARGE_BYTES))
    yield path
    path.unlink()


def test_bytes_come_back_as_they_went_in(store: ObjectStore) -> None:
    store.put_bytes("a/b.json", b'{"x": 1}')
    assert store.get_bytes("a/b.json") == b'{"x": 1}'
    assert store.size("a/b.json") == 8


def test_an_empty_object_is_an_object(store: ObjectStore, tmp_path: Path) -> None:
    store.put_bytes("a/empty", b"")
    assert store.exists("a/empty")
    assert store.get_bytes("a/empty") == b""
    store.download("a/empty", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b""


def test_a_second_put_replaces_the_first(store: ObjectStore) -> None:
    store.put_bytes("a/b", b"a longer first version")
    store.put_bytes("a/b", b"second")
    assert store.get_bytes("a/b") == b"second"


def test_a_large_file_goes_and_comes_back_in_parts(
    store: ObjectStore, large: Path, tmp_path: Path
) -> None:
    sent: list[float] = []
    received: list[float] = []
    store.put_file("sources/large.mp4", large, on_progress=sent.append)
    store.download("sources/large.mp4", tmp_path / "back.mp4", on_progress=received.append)
    assert store.size("sources/large.mp4") == LARGE_BYTES
    assert (tmp_path / "back.mp4").read_bytes() == large.read_bytes()
    for reported in (sent, received):
        assert reported == sorted(reported)
        assert reported[-1] == 1.0


def test_a_small_file_is_stored_whole(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "small.srt").write_text("1\n")
    store.put_file("a/small.srt", tmp_path / "small.srt")
    assert store.get_bytes("a/small.srt") == b"1\n"
    assert (tmp_path / "small.srt").exists()


def test_a_cancelled_put_leaves_nothing(store: ObjectStore, large: Path) -> None:
    def cancel(_fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        store.put_file("sources/large.mp4", large, on_progress=cancel)
    assert not store.exists("sources/large.mp4")
    assert store.list("sources") == []


def test_a_cancelled_download_leaves_nothing(
    store: ObjectStore, large: Path, tmp_path: Path
) -> None:
    def cancel(_fraction: float) -> None:
        raise Cancelled

    store.put_file("a/large.mp4", large)
    target = tmp_path / "out" / "back.mp4"
    with pytest.raises(Cancelled):
        store.download("a/large.mp4", target, on_progress=cancel)
    assert list(target.parent.iterdir()) == []


def test_a_missing_object_is_not_found(store: ObjectStore, tmp_path: Path) -> None:
    assert not store.exists("a/none")
    for read in (store.get_bytes, store.size):
        with pytest.raises(NotFound, match="a/none"):
            read("a/none")
    with pytest.raises(NotFound):
        store.download("a/none", tmp_path / "none")
    with pytest.raises(NotFound), store.open_path("a/none"):
        pytest.fail("opened an object that is not there")
    assert not (tmp_path / "none").exists()


def test_a_missing_file_is_not_found(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        store.put_file("a/b", tmp_path / "none")
    assert not store.exists("a/b")


def test_a_listing_knows_whole_parts_only(store: ObjectStore) -> None:
    for key in ("a/b/2", "a/b/1", "a/bc/1", "d/1"):
        store.put_bytes(key, b"x")
    assert store.list("a/b") == ["a/b/1", "a/b/2"]
    assert store.list("none") == []


def test_a_listing_knows_what_was_there_before(store: ObjectStore) -> None:
    store.put_bytes("a/1", b"x")
    time.sleep(1.1)  # buckets count whole seconds
    moment = datetime.now(UTC).replace(microsecond=0)
    store.put_bytes("a/2", b"x")

    assert store.list_before("a", moment) == ["a/1"]
    assert store.list_before("none", moment) == []


def test_an_old_file_that_becomes_an_object_is_a_new_object(store: ObjectStore) -> None:
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    sent = store.partial_path("a/1")
    sent.parent.mkdir(parents=True)
    sent.write_bytes(b"x")
    os.utime(sent, (0, 0))
    store.adopt("a/1", sent)
    store.copy("a/1", "a/2", only=store.version("a/1"))

    assert store.list_before("a", an_hour_ago) == []


def test_deleting_twice_is_no_error(store: ObjectStore) -> None:
    store.put_bytes("a/1", b"x")
    store.put_bytes("a/2", b"x")
    store.delete(["a/1", "a/none"])
    store.delete(["a/1"])
    assert store.list("a") == ["a/2"]


def test_a_prefix_goes_as_a_whole_and_alone(store: ObjectStore) -> None:
    for key in ("a/b/1", "a/b/c/2", "a/bc/1"):
        store.put_bytes(key, b"x")
    store.delete_prefix("a/b")
    assert store.list("a") == ["a/bc/1"]


def test_an_object_opens_as_a_path_with_its_suffix(store: ObjectStore, tmp_path: Path) -> None:
    store.put_bytes("a/clip.mp4", b"moving")
    with store.open_path("a/clip.mp4") as path:
        assert path.read_bytes() == b"moving"
        assert path.suffix == ".mp4"
    assert store.get_bytes("a/clip.mp4") == b"moving"
    assert not list(tmp_path.glob("cliply-object-*"))


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "../a", "a/../b", "a/.b", "a b", "a#1"])
def test_a_text_that_leads_elsewhere_is_no_key(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="is not an object key"):
        store.put_bytes(key, b"x")


def test_a_local_object_opens_without_a_copy(tmp_path: Path) -> None:
    store = ObjectStore((tmp_path / "my objects").as_uri())
    store.put_bytes("a/b.mp4", b"x")
    with store.open_path("a/b.mp4") as path:
        assert path == tmp_path / "my objects" / "a" / "b.mp4"
        assert store.url_of("a/b.mp4") == path.as_uri()


def test_a_full_disk_says_so_and_leaves_nothing(tmp_path: Path, large: Path) -> None:
    def fill(_fraction: float) -> None:
        raise OSError(28, "No space left on device")

    store = ObjectStore((tmp_path / "objects").as_uri())
    with pytest.raises(Unavailable) as failure:
        store.put_file("a/large.mp4", large, on_progress=fill)
    assert failure.value.code is ErrorCode.disk_full
    assert list((tmp_path / "objects" / "a").iterdir()) == []


def test_a_half_written_file_of_a_killed_process_is_not_listed(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path.as_uri())
    store.put_bytes("a/b", b"x")
    (tmp_path / "a" / "c#123").write_bytes(b"half")
    assert store.list("a") == ["a/b"]


def test_a_bucket_knows_what_a_browser_needs_to_play(s3_storage: S3Storage, tmp_path: Path) -> None:
    store = s3_storage.open("types")
    store.put_bytes("a/clip.mp4", b"x")
    head = s3_storage.client().head_object(Bucket=s3_storage.bucket, Key="types/a/clip.mp4")
    assert head["ContentType"] == "video/mp4"


def test_a_large_object_is_really_sent_in_parts(s3_storage: S3Storage, large: Path) -> None:
    s3_storage.open("parts").put_file("large.mp4", large)
    head = s3_storage.client().head_object(Bucket=s3_storage.bucket, Key="parts/large.mp4")
    assert head["ETag"].strip('"').endswith("-2")


def test_a_store_that_does_not_answer_is_unavailable() -> None:
    gone = S3Storage("http://127.0.0.1:9", "cliply-test").open("x")
    with pytest.raises(Unavailable) as failure:
        gone.exists("a/b")
    assert failure.value.code is ErrorCode.storage_unavailable


@pytest.mark.parametrize("url", ["", "objects", "file://", "ftp://host/x", "s3://", "/abs/path"])
def test_a_storage_url_that_means_nothing_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="STORAGE_URL"):
        ObjectStore(url)
