"""Queries for uploads."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cliply.db.models import Upload
from cliply.db.models.uploads import UploadStatus
from cliply.domain.ids import UploadId
from cliply.errors import NotFound


def get_upload(session: Session, upload_id: UploadId, *, for_update: bool = False) -> Upload:
    """Raises NotFound, also for another workspace's upload."""
    wanted = select(Upload).where(Upload.id == upload_id)
    row = session.scalar(wanted.with_for_update() if for_update else wanted)
    if row is None:
        raise NotFound(f"There is no upload {upload_id}.")
    return row


def add_upload(session: Session, upload: Upload) -> Upload:
    session.add(upload)
    session.flush()
    return upload


def delete_upload(session: Session, upload: Upload) -> None:
    session.delete(upload)
    session.flush()


def list_overdue_ids(session: Session, moment: datetime, *, limit: int) -> list[UploadId]:
    """Uploads that were not confirmed in time, the oldest first."""
    overdue = select(Upload.id).where(
        Upload.status == UploadStatus.waiting, Upload.expires_at <= moment
    )
    return list(session.scalars(overdue.order_by(Upload.expires_at).limit(limit)))


def find_overdue(session: Session, upload_id: UploadId, moment: datetime) -> Upload | None:
    """The upload, locked, if it is still overdue and nobody else works on it."""
    overdue = select(Upload).where(
        Upload.id == upload_id,
        Upload.status == UploadStatus.waiting,
        Upload.expires_at <= moment,
    )
    return session.scalar(overdue.with_for_update(skip_locked=True))


def list_ended_keys(
    session: Session, since: datetime, until: datetime, statuses: Collection[UploadStatus]
) -> list[str]:
    """Object keys of uploads that ended so and would have expired in that time."""
    ended = select(Upload.object_key).where(
        Upload.status.in_(statuses), Upload.expires_at > since, Upload.expires_at <= until
    )
    return list(session.scalars(ended))


def hold_upload(session: Session, upload_id: UploadId) -> None:
    """Wait until nobody else confirms it; ends with the transaction."""
    session.execute(select(func.pg_advisory_xact_lock(_number(upload_id))))


def try_hold_upload(session: Session, upload_id: UploadId) -> bool:
    """The same without waiting: False while somebody else holds it."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_number(upload_id)))))


def _number(upload_id: UploadId) -> int:
    digest = hashlib.blake2b(f"upload {upload_id.hex}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
