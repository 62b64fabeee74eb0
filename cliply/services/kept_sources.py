"""Whether a job's source is still there to work on."""

from sqlalchemy.orm import Session

from cliply.db import sources
from cliply.db.models import Job
from cliply.errors import Conflict, ErrorCode
from cliply.storage.objects import ObjectStore


def check_source(session: Session, store: ObjectStore, job: Job) -> None:
    """Raises Conflict (SOURCE_EXPIRED) when it is not; a link is fetched, or fetched again."""
    if job.archived_at is not None:
        raise _expired(job)
    if job.source_video_id is None:
        return
    source = sources.get_source(session, job.source_video_id)
    if not store.exists(source.object_key):
        raise _expired(job)


def _expired(job: Job) -> Conflict:
    return Conflict(
        f"The source of job {job.id} is kept no longer; submit it again.",
        ErrorCode.source_expired,
    )
