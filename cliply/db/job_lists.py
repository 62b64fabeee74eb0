"""Queries for lists of jobs, and for what belongs to a job."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from cliply.db.counts import rows_counted
from cliply.db.models import Clip, Job, JobEvent, SourceVideo
from cliply.db.pages import PageOf, PageWish, as_page, count_all, page_of, part_of
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobId, SourceId
from cliply.domain.jobs import JobStatus
from cliply.errors import NotFound

OF_SOURCE = (SourceVideo.id == Job.source_video_id) & (SourceVideo.workspace_id == Job.workspace_id)

LISTED: tuple[Any, ...] = (
    Job.id, Job.status, Job.mode, Job.source_video_id, Job.source_url, Job.error_code,
    Job.error_message, Job.outcome, Job.created_by, Job.created_at, Job.updated_at,
    Job.finished_at, SourceVideo.file_name,
)  # fmt: skip
"""What a list shows of a job; its settings are most of the row and stay where they are."""


@dataclass(frozen=True)
class JobsWanted:
    """Which jobs of the workspace; what is None or empty does not narrow."""

    statuses: Collection[JobStatus] = ()
    since: datetime | None = None
    """Created then or later."""
    until: datetime | None = None
    """Created before."""
    source_url: str | None = None
    source_id: SourceId | None = None

    @property
    def is_counted(self) -> bool:
        """Whether triggers keep the number of such jobs."""
        given = (self.since, self.until, self.source_url, self.source_id)
        return all(one is None for one in given)


@dataclass(frozen=True)
class JobPage:
    """Rows with all of `LISTED`, and how many there are on all pages."""

    rows: Sequence[Any]
    following: str | None
    total: int


def list_job_page(session: Session, wanted: JobsWanted, wish: PageWish) -> JobPage:
    """By creation. One query, for each costs more than the rows that it gives."""
    total = _total(wanted)
    listed = select(*LISTED, total.label("total")).join(SourceVideo, OF_SOURCE)
    part = part_of(
        _narrowed(listed, wanted),
        Job.created_at,
        Job.id,
        wish,
        counted=_narrowed(select(Job.id), wanted),
    )
    page = as_page(session.connection().execute(part).all(), Job.created_at, wish)
    count = page.rows[0].total if page.rows else session.scalar(select(total))
    return JobPage(page.rows, page.following, count or 0)


def _total(wanted: JobsWanted) -> ScalarSelect[int]:
    """Read from the rows only where a filter goes beyond the status."""
    if wanted.is_counted:
        return rows_counted("jobs", wanted.statuses or None).scalar_subquery()
    jobs = _narrowed(select(func.count()).select_from(Job), wanted)
    return jobs.correlate(None).scalar_subquery()


def _narrowed(query: Select[Any], wanted: JobsWanted) -> Select[Any]:
    if wanted.statuses:
        query = query.where(Job.status.in_(wanted.statuses))
    if wanted.since is not None:
        query = query.where(Job.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Job.created_at < wanted.until)
    if wanted.source_url is not None:
        query = query.where(Job.source_url == wanted.source_url)
    if wanted.source_id is not None:
        query = query.where(Job.source_video_id == wanted.source_id)
    return query


def get_job_with_source(session: Session, job_id: JobId) -> tuple[Job, SourceVideo]:
    """Raises NotFound, also for another workspace's job."""
    found = session.execute(
        select(Job, SourceVideo).join(SourceVideo, OF_SOURCE).where(Job.id == job_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"There is no job {job_id}.")
    job, source = found
    return job, source


def count_clips_by_status(session: Session, job_id: JobId) -> Counter[ClipStatus]:
    """The job's clips; those that were rejected are among them."""
    grouped = select(Clip.status, func.count()).where(Clip.job_id == job_id).group_by(Clip.status)
    return Counter({status: count for status, count in session.execute(grouped)})


def list_event_page(session: Session, job_id: JobId, wish: PageWish) -> PageOf[JobEvent]:
    """The job's history."""
    return page_of(session, _events(job_id), JobEvent, JobEvent.created_at, wish)


def count_events(session: Session, job_id: JobId) -> int:
    return count_all(session, _events(job_id).with_only_columns(JobEvent.id))


def _events(job_id: JobId) -> Select[JobEvent]:
    return select(JobEvent).where(JobEvent.job_id == job_id)
