"""Queries for lists of jobs, and for what belongs to a job."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam, func, select
from sqlalchemy.orm import Session

from cliply.db.fixed_lists import CountedPage, FixedList
from cliply.db.fixed_queries import FixedQuery
from cliply.db.models import Clip, Job, JobEvent, SourceVideo
from cliply.db.pages import PageOf, PageWish, count_all, page_of
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobId, SourceId
from cliply.domain.jobs import JobStatus
from cliply.domain.media import SourceMedia
from cliply.errors import NotFound

OF_SOURCE = (SourceVideo.id == Job.source_video_id) & (SourceVideo.workspace_id == Job.workspace_id)

LISTED: tuple[Any, ...] = (
    Job.id, Job.status, Job.mode, Job.source_video_id, Job.source_url, Job.error_code,
    Job.error_message, Job.outcome, Job.created_by, Job.created_at, Job.updated_at,
    Job.finished_at, Job.paused_at, Job.archived_at, Job.priority, SourceVideo.file_name,
)  # fmt: skip
"""What a list shows of a job; its settings are most of the row and stay where they are."""

NARROWING: Mapping[str, ColumnElement[bool]] = {
    "since": Job.created_at >= bindparam("since", type_=Job.created_at.type),
    "until": Job.created_at < bindparam("until", type_=Job.created_at.type),
    "source_url": Job.source_url == bindparam("source_url", type_=Text),
    "source_id": Job.source_video_id == bindparam("source_id", type_=Job.id.type),
}
"""What narrows a list beside the status, by the names of `JobsWanted`."""

JOBS = FixedList(
    rows=select(Job.id),
    listed=select(*LISTED).outerjoin(SourceVideo, OF_SOURCE),
    identity=Job.id,
    status=Job.status,
    narrowing=NARROWING,
)


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
    def given(self) -> dict[str, Any]:
        """By the names of `NARROWING`."""
        values = {name: getattr(self, name) for name in NARROWING}
        return {name: value for name, value in values.items() if value is not None}


def list_job_page(place: Session | Connection, wanted: JobsWanted, wish: PageWish) -> CountedPage:
    """Rows with all of `LISTED`, by creation."""
    return JOBS.page(place, wanted.statuses, wanted.given, Job.created_at, wish)


class JobFacts(NamedTuple):
    """A job with what lies beside it."""

    job: Any
    """All columns of the job."""
    source: "SourceRow | None"
    """None while its link is fetched."""
    clips: Counter[ClipStatus]
    """The job's clips; those that were rejected are among them."""


class SourceRow(NamedTuple):
    """What is told of a job's source."""

    id: SourceId
    file_name: str
    size_bytes: int
    media: SourceMedia | None
    transcript_key: str | None


OF_SOURCES = tuple(getattr(SourceVideo, name) for name in SourceRow._fields)
TALLIES = (
    select(Clip.status, func.count().label("many"))
    .where(Clip.job_id == bindparam("job_id", type_=Job.id.type))
    .group_by(Clip.status)
    .subquery()
)
FACTS = FixedQuery(
    select(
        *Job.__table__.columns,
        *(column.label(f"joined_{column.key}") for column in OF_SOURCES),
        select(func.jsonb_object_agg(TALLIES.c.status, TALLIES.c.many))
        .scalar_subquery()
        .label("clips"),
    )
    .outerjoin(SourceVideo, OF_SOURCE)
    .where(Job.id == bindparam("job_id", type_=Job.id.type))
)


def get_job_facts(place: Session | Connection, job_id: JobId) -> JobFacts:
    """One query. Raises NotFound, also for another workspace's job."""
    job = FACTS.row(place, job_id=job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    source = SourceRow(*(getattr(job, f"joined_{name}") for name in SourceRow._fields))
    tallies = {ClipStatus(status): many for status, many in (job.clips or {}).items()}
    return JobFacts(job, source if source.id else None, Counter(tallies))


def list_event_page(session: Session, job_id: JobId, wish: PageWish) -> PageOf[JobEvent]:
    """The job's history."""
    return page_of(session, _events(job_id), JobEvent, JobEvent.created_at, wish)


def count_events(session: Session, job_id: JobId) -> int:
    return count_all(session, _events(job_id).with_only_columns(JobEvent.id))


def _events(job_id: JobId) -> Select[JobEvent]:
    return select(JobEvent).where(JobEvent.job_id == job_id)
