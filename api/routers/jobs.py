"""Jobs: asked for, listed, and read with all that belongs to them."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
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
    JobAnswer,
    JobSummary,
    NewJob,
    Retry,
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
from cliply.links.addresses import check_link, same_link
from cliply.services import lifecycle
from cliply.services.job_reports import read_job, read_usage
from cliply.services.job_requests import request_clips
from cliply.services.jobs import RequestedJob
from cliply.services.link_requests import request_link

router = APIRouter(prefix="/api/jobs", tags=["jobs"], route_class=MemberRoute)

Reading = Annotated[Work, needs(Permission.jobs_read)]
Changing = Annotated[Work, creates(Permission.jobs_write)]
TheJob = Annotated[UUID, Path(description="The job's id.")]
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as you know it."}}
KNOWN: dict[int | str, dict[str, Any]] = {
    200: {
        "model": JobAnswer,
        "description": "The same was asked of the same source before, or a job of the same link "
        "has not ended.",
    }
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
    link = None if source_url is None else same_link(source_url)
    return JobsWanted(tuple(status or ()), since, until, link, source)


@router.post(
    "", status_code=201, response_model=JobAnswer, responses=KNOWN | refusals(*MEMBERS, 409)
)
def create_job(wish: NewJob, work: Annotated[Work, creates(Permission.jobs_write)]) -> Response:
    """Ask for clips; the same of a source, or of a link that is worked on, is the same job."""
    work.limit("jobs")
    is_new = True

    def make() -> JobAnswer:
        nonlocal is_new
        requested = _request(wish, work)
        is_new = requested.is_new
        if is_new:
            source = wish.model_dump(
                mode="json", include={"source_id", "source_url"}, exclude_none=True
            )
            work.record("job.create", "job", requested.job.id, **source)
        return JobAnswer.of_report(read_job(work.session, requested.job.id))

    return work.once(
        make,
        body=wish,
        status=lambda: 201 if is_new else 200,
        headers=lambda answer: {"Location": f"/api/jobs/{answer.id}"},
    )


def _request(wish: NewJob, work: Work) -> RequestedJob:
    """The job of a source or of a link, of which the schema lets through exactly one."""
    wanted: dict[str, Any] = {
        "priority": wish.urgency.priority,
        "created_by": work.caller.user_id,
        "most_waiting": work.backend.settings.queued_jobs,
    }
    if wish.source_id is not None:
        return request_clips(work.session, SourceId(wish.source_id), wish.settings, **wanted)
    link = check_link(wish.source_url or "", work.backend.links)
    return request_link(
        work.session,
        work.caller.workspace_id,
        link,
        wish.settings,
        force=wish.force,
        with_run_request=True,
        **wanted,
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
    found = job_lists.list_job_page(work.place, wanted, wish)
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
    return tagged(request, JobAnswer.of_report(read_job(work.place, JobId(job_id))))


@router.get("/{job_id}/steps", response_model=Page[StepAnswer], responses=refusals(*MEMBERS))
def list_job_steps(job_id: TheJob, work: Reading) -> Page[StepAnswer]:
    """All steps of a job, in the order in which they were first started, on one page."""
    found = [StepAnswer.of(step) for step in steps.list_steps(work.place, JobId(job_id))]
    if not found:
        job_rows.get_job(work.session, JobId(job_id))
    return Page[StepAnswer].of(
        found, total=len(found), page=1, limit=max(1, len(found)), following=None
    )


@router.get("/{job_id}/usage", response_model=UsageAnswer, responses=refusals(*MEMBERS))
def get_job_usage(job_id: TheJob, work: Reading) -> UsageAnswer:
    """What a job took: its source, the time of its steps, and tokens."""
    return UsageAnswer.of(read_usage(work.place, JobId(job_id)))


def _lifecycle(
    work: Work, job_id: UUID, action: str, act: Callable[[JobId], object], wish: Any = None
) -> Response:
    """Do something with a job, once, and answer with what it is now."""

    def make() -> JobAnswer:
        act(JobId(job_id))
        told = {} if wish is None else wish.model_dump(mode="json", exclude_none=True)
        work.record(action, "job", job_id, **told)
        return JobAnswer.of_report(read_job(work.session, JobId(job_id)))

    return work.once(make, body=wish, status=202)


@router.post(
    "/{job_id}/cancel", status_code=202, response_model=JobAnswer, responses=refusals(*MEMBERS, 409)
)
def cancel_job(job_id: TheJob, work: Changing) -> Response:
    """Stop a job for good: what works on it ends within seconds; clips that are there stay."""
    return _lifecycle(work, job_id, "job.cancel", partial(lifecycle.cancel_job, work.session))


@router.post(
    "/{job_id}/pause", status_code=202, response_model=JobAnswer, responses=refusals(*MEMBERS, 409)
)
def pause_job(job_id: TheJob, work: Changing) -> Response:
    """Let no further step of a job begin; the one that runs goes on to its end."""
    return _lifecycle(work, job_id, "job.pause", partial(lifecycle.pause_job, work.session))


@router.post(
    "/{job_id}/resume", status_code=202, response_model=JobAnswer, responses=refusals(*MEMBERS, 409)
)
def resume_job(job_id: TheJob, work: Changing) -> Response:
    """Let a paused job go on; render the clips of one that waits for that (`auto_render`)."""
    work.limit("jobs")
    resume = partial(lifecycle.resume_job, work.session, store=work.backend.store)
    return _lifecycle(work, job_id, "job.resume", resume)


@router.post(
    "/{job_id}/retry", status_code=202, response_model=JobAnswer, responses=refusals(*MEMBERS, 409)
)
def retry_job(job_id: TheJob, work: Changing, wish: Retry | None = None) -> Response:
    """Go on with a job that failed or was cancelled, or with one step; what is done is kept."""
    work.limit("jobs")
    wanted = wish or Retry()
    store = work.backend.store
    most = work.backend.settings.queued_jobs
    retry = partial(
        lifecycle.retry_job, work.session, store=store, step=wanted.step, most_waiting=most
    )
    return _lifecycle(work, job_id, "job.retry", retry, wanted)


@router.delete("/{job_id}", status_code=204, responses=refusals(*MEMBERS))
def delete_job(job_id: TheJob, work: Annotated[Work, needs(Permission.jobs_write)]) -> None:
    """Remove a job, its clips and analysis, and its source unless another job uses it."""
    lifecycle.delete_job(work.session, JobId(job_id))
    work.record("job.delete", "job", job_id)
