"""A stored source and what is wanted of it become a job."""

from sqlalchemy.orm import Session

from cliply.db import sources as source_rows
from cliply.domain.ids import SourceId, UserId
from cliply.domain.jobs import JobSettings
from cliply.selection.given_spans import check_spans
from cliply.services.admission import MOST_WAITING
from cliply.services.attachments import resolve
from cliply.services.brand import branded
from cliply.services.jobs import RequestedJob, request_job


def request_clips(
    session: Session,
    source_id: SourceId,
    settings: JobSettings,
    *,
    created_by: UserId,
    priority: int = 0,
    most_waiting: int = MOST_WAITING,
) -> RequestedJob:
    """The job with its run request, or the one that is there already, all or nothing.

    Raises NotFound for another workspace's source, and InvalidInput for spans outside it
    and for an edit that names a missing file, TooMany (JOBS_FULL).
    """
    source = source_rows.get_source(session, source_id)
    if source.media is not None:  # else the graph checks them, when it has probed the file
        check_spans(settings.selection.spans, source.media.duration_ms)
    resolve(session, branded(session, settings.edit))
    return request_job(
        session,
        source,
        settings,
        priority=priority,
        created_by=created_by,
        most_waiting=most_waiting,
        with_run_request=True,
    )
