"""Search: moments of the workspace by what is said and shown in them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.schemas.search import Hit, Hits, JobSearch, Search
from api.work import Work, needs
from cliply.db.jobs import get_job
from cliply.domain.access import Permission
from cliply.domain.ids import JobId
from cliply.services.search import find_in, load_for

router = APIRouter(tags=["search"], route_class=MemberRoute)

Reading = Annotated[Work, needs(Permission.jobs_read)]


@router.post("/api/search", response_model=Hits, responses=refusals(*MEMBERS))
def search_workspace(wish: Search, work: Reading) -> Hits:
    """Find moments in all jobs of the workspace, or in one."""
    return _found(work, wish, wish.job_id)


@router.post("/api/jobs/{job_id}/search", response_model=Hits, responses=refusals(*MEMBERS))
def search_job(
    job_id: Annotated[UUID, Path(description="The job's id.")], wish: JobSearch, work: Reading
) -> Hits:
    """Find moments in one job."""
    return _found(work, wish, job_id)


def _found(work: Work, wish: JobSearch, job_id: UUID | None) -> Hits:
    work.limit("search")
    job = None if job_id is None else get_job(work.session, JobId(job_id))
    backend, workspace_id = work.backend, work.caller.workspace_id
    found = find_in(
        work.session,
        backend.search,
        workspace_id,
        wish.query,
        job_id=job.id if job else None,
        limit=wish.limit,
        embedder=load_for(backend.search, workspace_id, backend.embedding_models).embedder,
    )
    return Hits(data=[Hit.of(moment) for moment in found])
