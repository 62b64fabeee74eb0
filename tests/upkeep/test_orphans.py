"""Sweeping what was never confirmed."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select, update

from cliply.db.models import Upload
from cliply.db.models.uploads import UploadKind, UploadStatus
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import UploadId, WorkspaceId
from cliply.services.uploads import POST_BYTES, Wish, announce
from cliply.storage.objects import ObjectStore
from cliply.storage.partial import PartialFile
from cliply.upkeep.orphans import STALE, sweep_uploads
from tests.s3 import S3Storage


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


def new_upload(
    engine: Engine, store: ObjectStore, workspace: WorkspaceId, size_bytes: int = 10
) -> Upload:
    wish = Wish("a.mp4", "video/mp4", size_bytes, UploadKind.media)
    with workspace_session(engine, workspace) as session:
        return announce(session, store, workspace, None, wish, max_upload_bytes=2 * POST_BYTES)


def let_expire(system_engine: Engine, upload_id: UploadId) -> None:
    with system_session(system_engine) as session:
        past = update(Upload).where(Upload.id == upload_id)
        session.execute(past.values(expires_at=func.now()))


def status(engine: Engine, upload: Upload) -> UploadStatus:
    with workspace_session(engine, upload.workspace_id) as session:
        return session.scalars(select(Upload.status).where(Upload.id == upload.id)).one()


def write_partial(store: ObjectStore, key: str) -> Path:
    path = store.partial_path(key)
    file = PartialFile(path)
    file.write([b"half"])
    file.close()
    return path


def test_an_overdue_upload_loses_its_bytes_and_others_do_not(
    engine: Engine, system_engine: Engine, store: ObjectStore, workspace: WorkspaceId
) -> None:
    whole, half, present = (new_upload(engine, store, workspace) for _ in range(3))
    store.put_bytes(whole.object_key, b"0123456789")
    partial = write_partial(store, half.object_key)
    store.put_bytes(present.object_key, b"0123456789")
    let_expire(system_engine, whole.id)
    let_expire(system_engine, half.id)
    assert sweep_uploads(system_engine, store).expired >= 2
    assert store.list(f"{workspace.hex}/uploads") == [present.object_key]
    assert not partial.exists()
    assert [status(engine, one) for one in (whole, half, present)] == [
        "expired", "expired", "waiting",
    ]  # fmt: skip


def test_what_is_being_sent_is_left_for_the_next_sweep(
    engine: Engine, system_engine: Engine, store: ObjectStore, workspace: WorkspaceId
) -> None:
    upload = new_upload(engine, store, workspace)
    let_expire(system_engine, upload.id)
    writer = PartialFile(store.partial_path(upload.object_key))
    sweep_uploads(system_engine, store)
    assert status(engine, upload) == "waiting"
    writer.close()
    sweep_uploads(system_engine, store)
    assert status(engine, upload) == "expired"


def test_the_object_of_a_rejected_upload_does_not_stay(
    engine: Engine, system_engine: Engine, store: ObjectStore, workspace: WorkspaceId
) -> None:
    upload = new_upload(engine, store, workspace)
    store.put_bytes(upload.object_key, b"left by a crash")
    with workspace_session(engine, workspace) as session:
        session.execute(update(Upload).values(status="rejected"))
    let_expire(system_engine, upload.id)
    sweep_uploads(system_engine, store)
    assert not store.exists(upload.object_key)
    assert status(engine, upload) == "rejected"


def test_a_partial_file_of_nobody_is_removed_when_it_is_old(
    system_engine: Engine, store: ObjectStore, workspace: WorkspaceId
) -> None:
    old = write_partial(store, f"{workspace.hex}/uploads/{uuid4().hex}.mp4")
    young = write_partial(store, f"{workspace.hex}/uploads/{uuid4().hex}.mp4")
    before = time.time() - STALE.total_seconds() - 60
    os.utime(old, (before, before))
    assert sweep_uploads(system_engine, store).partials == 1
    assert (old.exists(), young.exists()) == (False, True)


def test_the_parts_of_an_overdue_upload_are_removed_from_the_bucket(
    engine: Engine, system_engine: Engine, workspace: WorkspaceId, s3_storage: S3Storage
) -> None:
    store = s3_storage.open(f"sweep/{uuid4().hex}")
    upload = new_upload(engine, store, workspace, POST_BYTES + 1)
    let_expire(system_engine, upload.id)
    sweep_uploads(system_engine, store)
    assert status(engine, upload) == "expired"
    assert store.bucket is not None
    assert store.bucket.abort_before(datetime.now(UTC)) == 0


def test_parts_that_no_row_knows_are_removed_when_they_are_old(s3_storage: S3Storage) -> None:
    bucket = s3_storage.open(f"sweep/{uuid4().hex}").bucket
    assert bucket is not None
    bucket.begin("a/b.mp4", "video/mp4")
    assert bucket.abort_before(datetime(2001, 1, 1, tzinfo=UTC)) == 0
    assert bucket.abort_before(datetime(2100, 1, 1, tzinfo=UTC)) == 1
