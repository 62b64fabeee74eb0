"""A link and what is wanted of its video become a job."""

from sqlalchemy.orm import Session

from cliply.db.link_jobs import add_link_job, find_job_of_link
from cliply.db.locks import hold_workspace
from cliply.domain.ids import UserId, WorkspaceId
from cliply.domain.jobs import JobMode, JobSettings
from cliply.links.addresses import Link
from cliply.services.admission import MOST_WAITING
from cliply.services.attachments import resolve
from cliply.services.brand import branded
from cliply.services.jobs import RequestedJob, begin_job


def request_link(
    session: Session,
    workspace_id: WorkspaceId,
    link: Link,
    settings: JobSettings,
    *,
    force: bool = False,
    priority: int = 0,
    created_by: UserId | None = None,
    most_waiting: int = MOST_WAITING,
    with_run_request: bool,
) -> RequestedJob:
    """A job that fetches its source, or the one of this link that has not ended (ING-8).

    With `force` it is a new one always. Who asks for the same link at the same time waits
    until this transaction ends. Raises InvalidInput for an edit that names a missing file,
    TooMany (JOBS_FULL).
    """
    resolve(session, branded(session, settings.edit))
    hold_workspace(session, workspace_id, f"link {link.url}")
    known = None if force else find_job_of_link(session, link.url)
    if known is not None:
        return RequestedJob(known, is_new=False)
    job = add_link_job(
        session,
        workspace_id,
        link.url,
        JobMode.vod,
        settings,
        priority=priority,
        created_by=created_by,
    )
    begin_job(
        session,
        job,
        priority=priority,
        most_waiting=most_waiting,
        with_run_request=with_run_request,
    )
    return RequestedJob(job, is_new=True)
