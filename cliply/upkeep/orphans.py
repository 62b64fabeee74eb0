"""Sweeps away what was sent and never confirmed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from cliply.db import uploads as upload_rows
from cliply.db.models.uploads import UploadStatus
from cliply.db.session import now
from cliply.db.system import system_session
from cliply.domain.ids import UploadId
from cliply.services.uploads import LIFETIME, remove_bytes
from cliply.storage.objects import ObjectStore
from cliply.storage.partial import remove_stale

AT_ONCE = 1_000
"""Uploads that one sweep takes; the next one goes on."""

STALE = LIFETIME * 2
"""After so long no upload can still be on its way, whatever is known of it."""

ENDED = (UploadStatus.confirmed, UploadStatus.rejected)
DELETED_AT_ONCE = 1_000


@dataclass(frozen=True)
class Swept:
    """What a sweep has found."""

    expired: int
    """Uploads that were not confirmed in time."""
    partials: int
    """Files of uploads that nobody knows any more."""
    multiparts: int
    """The same in a bucket."""


def sweep_uploads(system: Engine, store: ObjectStore) -> Swept:
    """Remove the bytes of overdue uploads and of those that ended while something failed.

    May run at any time and beside itself; what is being sent or confirmed is left for the
    next sweep. Raises Unavailable when the storage or the database does not answer.
    """
    with system_session(system) as session:
        moment = now(session)
        overdue = upload_rows.list_overdue_ids(session, moment, limit=AT_ONCE)
    expired = sum(_expire(system, store, upload_id, moment) for upload_id in overdue)
    _remove_leftovers(system, store, moment)
    partials = remove_stale(store.partial_folder, STALE.total_seconds())
    multiparts = 0 if store.bucket is None else store.bucket.abort_before(moment - STALE)
    return Swept(expired, partials, multiparts)


def _expire(system: Engine, store: ObjectStore, upload_id: UploadId, moment: datetime) -> bool:
    """Bytes first: should it fail between, the next sweep finds the upload again."""
    with system_session(system) as session:
        if not upload_rows.try_hold_upload(session, upload_id):
            return False
        upload = upload_rows.find_overdue(session, upload_id, moment)
        if upload is None or not remove_bytes(store, upload):
            return False
        upload.status = UploadStatus.expired
        return True


def _remove_leftovers(system: Engine, store: ObjectStore, moment: datetime) -> None:
    """Objects of ended uploads: a brand kit has its own copy by now, a source always has."""
    since = moment - timedelta(days=2)
    with system_session(system) as session:
        keys = upload_rows.list_ended_keys(session, since, moment, ENDED)
    for start in range(0, len(keys), DELETED_AT_ONCE):
        store.delete(keys[start : start + DELETED_AT_ONCE])
