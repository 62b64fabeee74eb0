"""Routes for workspaces."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.conditions import IfMatch, check_match, tagged
from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.paging import Paging
from api.schemas.base import Page
from api.schemas.workspaces import NewWorkspace, WorkspaceAnswer, WorkspaceChange
from api.work import SignedIn, Work, needs, signed_in, signed_in_creating
from cliply.db.workspaces import get_workspace, lock_pinned
from cliply.domain.access import Permission, Role
from cliply.identity import workspaces
from cliply.identity.names import normalise_name

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as you know it."}}

router = APIRouter(prefix="/api/workspaces", tags=["workspaces"], route_class=MemberRoute)


@router.post(
    "", status_code=201, response_model=WorkspaceAnswer, responses=refusals(401, 403, 404, 409)
)
def create_workspace(
    wish: NewWorkspace, person: Annotated[SignedIn, signed_in_creating()]
) -> Response:
    """Make a workspace that you own."""
    workspace_id = workspaces.claim_own_workspace(
        person.backend.system, person.user_id, wish.name, person.key
    )
    with person.entering(workspace_id, Role.owner) as work:

        def make() -> WorkspaceAnswer:
            work.record("workspace.create", "workspace", workspace_id)
            return WorkspaceAnswer.of(get_workspace(work.session), Role.owner)

        return work.once(make, body=wish)


@router.get("", response_model=Page[WorkspaceAnswer], responses=refusals(401, 403))
def list_workspaces(
    person: Annotated[SignedIn, signed_in()], paging: Paging
) -> Page[WorkspaceAnswer]:
    """List the workspaces that you belong to, newest first."""
    page, roles, total = workspaces.list_own_workspaces(
        person.backend.system, person.user_id, paging
    )
    return Page[WorkspaceAnswer].of(
        [WorkspaceAnswer.of(row, roles[row.id]) for row in page.rows],
        total=total,
        page=paging.page,
        limit=paging.limit,
        following=page.following,
    )


@router.get(
    "/{workspace_id}", response_model=WorkspaceAnswer, responses=refusals(*MEMBERS) | UNCHANGED
)
def read_workspace(
    workspace_id: UUID,
    request: Request,
    work: Annotated[Work, needs(Permission.workspace_read)],
) -> Response:
    """Read a workspace."""
    return tagged(request, WorkspaceAnswer.of(get_workspace(work.place), work.caller.role))


@router.patch("/{workspace_id}", response_model=WorkspaceAnswer, responses=refusals(*MEMBERS, 412))
def update_workspace(
    workspace_id: UUID,
    change: WorkspaceChange,
    request: Request,
    work: Annotated[Work, needs(Permission.workspace_write)],
    if_match: IfMatch = None,
) -> Response:
    """Rename a workspace."""
    row = lock_pinned(work.session)
    check_match(if_match, WorkspaceAnswer.of(row, work.caller.role), "workspace")
    row.name = normalise_name(change.name)
    work.session.flush()
    work.record("workspace.update", "workspace", row.id, name=row.name)
    return tagged(request, WorkspaceAnswer.of(row, work.caller.role))


@router.delete("/{workspace_id}", status_code=204, responses=refusals(*MEMBERS))
def delete_workspace(
    workspace_id: UUID, work: Annotated[Work, needs(Permission.workspace_delete)]
) -> Response:
    """Delete a workspace: nobody gets in from now on, and its contents are removed after that."""
    caller = work.caller
    entry = work.entry("workspace.delete", "workspace", caller.workspace_id)
    workspaces.delete_workspace(work.backend.system, caller.workspace_id, entry)
    return Response(status_code=204)
