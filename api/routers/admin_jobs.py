"""Jobs of all workspaces, for operators (OPS-3)."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.errors import refusals
from api.operating import Acting, Looking
from api.paging import Paging
from api.schemas.admin import OperatorJob, Unlocked
from api.schemas.base import Page
from cliply.db.jobs import get_job
from cliply.db.models import Job
from cliply.db.operator_lists import OperatorWish, running_steps
from cliply.domain.ids import JobId, WorkspaceId
from cliply.domain.jobs import JobStatus
from cliply.operations import jobs as operations
from cliply.operations.desk import Desk
from cliply.services import lifecycle

router = APIRouter(prefix="/api/admin/jobs", tags=["admin"])

TheJob = Annotated[UUID, Path(description="The id of a job of any workspace.")]


@router.get("", response_model=Page[OperatorJob], responses=refusals(401))
def list_all_jobs(
    operation: Looking,
    paging: Paging,
    status: Annotated[list[JobStatus] | None, Query(max_length=10)] = None,
    workspace_id: UUID | None = None,
    sort: Literal["-created_at", "created_at"] = "-created_at",
) -> Page[OperatorJob]:
    """The jobs of all workspaces with their steps at work, newest first unless asked otherwise."""
    workspace = None if workspace_id is None else WorkspaceId(workspace_id)
    wanted = OperatorWish(tuple(status or ()), workspace)
    wish = replace(paging, is_descending=sort.startswith("-"))
    found = operations.list_jobs(operation.backend.system, wanted, wish)
    return Page[OperatorJob].of(
        [OperatorJob.of(job, found.running.get(job.id, ())) for job in found.jobs],
        total=found.total,
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


@router.post(
    "/{job_id}/retry", status_code=202, response_model=OperatorJob,
    responses=refusals(401, 404, 409),
)  # fmt: skip
def retry_any_job(job_id: TheJob, operation: Acting) -> Response:
    """Go on with a failed or cancelled job of any workspace; what is done is kept."""
    with operation.on_job(JobId(job_id)) as desk:

        def make() -> OperatorJob:
            store = operation.backend.store
            job = lifecycle.retry_job(desk.session, JobId(job_id), store, most_waiting=None)
            desk.record("job.retry", "job", job_id)
            return _seen(desk, job)

        return operation.once(desk, make)


@router.post(
    "/{job_id}/cancel", status_code=202, response_model=OperatorJob,
    responses=refusals(401, 404, 409),
)  # fmt: skip
def cancel_any_job(job_id: TheJob, operation: Acting) -> Response:
    """Stop a job of any workspace for good."""
    with operation.on_job(JobId(job_id)) as desk:

        def make() -> OperatorJob:
            job = lifecycle.cancel_job(desk.session, JobId(job_id))
            desk.record("job.cancel", "job", job_id)
            return _seen(desk, job)

        return operation.once(desk, make)


@router.post(
    "/{job_id}/unlock", status_code=202, response_model=Unlocked,
    responses=refusals(401, 404, 409),
)  # fmt: skip
def unlock_job(job_id: TheJob, operation: Acting) -> Response:
    """Take a job away from runs that hold it and do not go on, and have a new one go on."""
    with operation.on_job(JobId(job_id)) as desk:

        def make() -> Unlocked:
            let_go = operations.unlock_job(desk.session, JobId(job_id))
            desk.record("job.unlock", "job", job_id, let_go=let_go)
            job = get_job(desk.session, JobId(job_id))
            return Unlocked(job=_seen(desk, job), let_go=let_go)

        return operation.once(desk, make)


def _seen(desk: Desk, job: Job) -> OperatorJob:
    return OperatorJob.of(job, running_steps(desk.session, [job.id]).get(job.id, ()))
