"""Jobs: asked for, listed, and read with all that belongs to them."""

from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime

from api.conditions import tagged
from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.paging import Paging
from api.schemas.base import Page, Text
from api.schemas.jobs import (
    EventAnswer,
    JobAnswer,
    JobSummary,
    NewJob,
    StepAnswer,
    UsageAnswer,
)
from api.work import Work, creates, needs
from cliply.db import job_lists, steps
from cliply.db import jobs as job_rows
from cliply.db.job_lists import JobsWanted
from cliply.domain.access import Permission
from cliply.domain.ids import JobId, SourceId
from cliply.domain.jobs import JobStatus
from cliply.services.job_reports import read_job, read_usage
from cliply.services.job_requests import request_clips

router = APIRouter(prefix="/api/jobs", tags=["jobs"], route_class=MemberRoute)

Reading = Annotated[Work, needs(Permission.jobs_read)]
TheJob = Annotated[UUID, Path(description="The job's id.")]
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as you know it."}}
KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": JobAnswer, "description": "The same was asked of the same source before."}
}


async def jobs_wanted(
    status: Annotated[list[JobStatus] | None, Query(max_length=10)] = None,
    since: Annotated[AwareDatetime | None, Query(description="Created then or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Created before.")] = None,
    source_url: Annotated[Text | None, Query(max_length=2000)] = None,
    source_id: UUID | None = None,
) -> JobsWanted:
    """Not sent to a thread, which would take longer than it does."""
    source = None if source_id is None else SourceId(source_id)
    return JobsWanted(tuple(status or ()), since, until, source_url, source)


@router.post(
    "", status_code=201, response_model=JobAnswer, responses=KNOWN | refusals(*MEMBERS, 409)
)
def create_job(wish: NewJob, work: Annotated[Work, creates(Permission.jobs_write)]) -> Response:
    """Ask for the clips of a source; the same source with the same settings is the same job."""
    work.limit("jobs")
    is_new = True

    def make() -> JobAnswer:
        nonlocal is_new
        user_id = work.caller.user_id
        requested = request_clips(
            work.session, SourceId(wish.source_id), wish.settings, created_by=user_id
        )
        is_new = requested.is_new
        if is_new:
            work.record("job.create", "job", requested.job.id, source_id=str(wish.source_id))
        return JobAnswer.of_report(read_job(work.session, requested.job.id))

    return work.once(
        make,
        body=wish,
        status=lambda: 201 if is_new else 200,
        headers=lambda answer: {"Location": f"/api/jobs/{answer.id}"},
    )


@router.get("", response_model=Page[JobSummary], responses=refusals(*MEMBERS))
def list_jobs(
    work: Reading,
    paging: Paging,
    wanted: Annotated[JobsWanted, Depends(jobs_wanted)],
    sort: Literal["-created_at", "created_at"] = "-created_at",
) -> Page[JobSummary]:
    """The jobs of the workspace, newest first unless asked otherwise."""
    wish = replace(paging, is_descending=sort.startswith("-"))
    found = job_lists.list_job_page(work.session, wanted, wish)
    return Page[JobSummary].of(
        [JobSummary.of(job, job.file_name) for job in found.rows],
        total=found.total,
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


@router.get("/{job_id}", response_model=JobAnswer, responses=UNCHANGED | refusals(*MEMBERS))
def get_job(job_id: TheJob, work: Reading, request: Request) -> Response:
    """One job: what was asked, how far it is, its clips and what went wrong."""
    return tagged(request, JobAnswer.of_report(read_job(work.session, JobId(job_id))))


@router.get("/{job_id}/steps", response_model=Page[StepAnswer], responses=refusals(*MEMBERS))
def list_job_steps(job_id: TheJob, work: Reading) -> Page[StepAnswer]:
    """All steps of a job, in the order in which they were first started, on one page."""
    found = [StepAnswer.of(step) for step in steps.list_steps(work.session, JobId(job_id))]
    if not found:
        job_rows.get_job(work.session, JobId(job_id))
    return Page[StepAnswer].of(
        found, total=len(found), page=1, limit=max(1, len(found)), following=None
    )


@router.get("/{job_id}/events", response_model=Page[EventAnswer], responses=refusals(*MEMBERS))
def list_job_events(
    job_id: TheJob,
    work: Reading,
    paging: Paging,
    sort: Literal["-created_at", "created_at"] = "created_at",
) -> Page[EventAnswer]:
    """The history of a job, oldest first unless asked otherwise."""
    job_rows.get_job(work.session, JobId(job_id))
    wish = replace(paging, is_descending=sort.startswith("-"))
    found = job_lists.list_event_page(work.session, JobId(job_id), wish)
    return Page[EventAnswer].of(
        [EventAnswer.of(event) for event in found.rows],
        total=job_lists.count_events(work.session, JobId(job_id)),
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


@router.get("/{job_id}/usage", response_model=UsageAnswer, responses=refusals(*MEMBERS))
def get_job_usage(job_id: TheJob, work: Reading) -> UsageAnswer:
    """What a job took: its source, the time of its steps, and tokens."""
    return UsageAnswer.of(read_usage(work.session, JobId(job_id)))
