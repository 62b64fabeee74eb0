"""What operators set for one workspace: feature flags and limits (OPS-3)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from api.errors import refusals
from api.operating import Looking
from api.schemas.admin import Flags, Limits
from cliply.domain.ids import WorkspaceId
from cliply.operations import workspaces as operations

router = APIRouter(prefix="/api/admin/workspaces/{workspace_id}", tags=["admin"])

TheWorkspace = Annotated[UUID, Path(description="The id of any workspace.")]


@router.get("/flags", response_model=Flags, responses=refusals(401, 404))
def read_workspace_flags(workspace_id: TheWorkspace, operation: Looking) -> Flags:
    """Features that are switched on or off for a workspace alone."""
    return Flags.of(operations.read_rules(operation.backend.system, WorkspaceId(workspace_id)))


@router.put("/flags", response_model=Flags, responses=refusals(401, 404))
def set_workspace_flags(workspace_id: TheWorkspace, wish: Flags, operation: Looking) -> Flags:
    """Switch features for a workspace, in place of all that were switched before."""
    with operation.on_workspace(WorkspaceId(workspace_id)) as desk:
        return Flags.of(operations.set_flags(desk, wish.flags))


@router.get("/limits", response_model=Limits, responses=refusals(401, 404))
def read_workspace_limits(workspace_id: TheWorkspace, operation: Looking) -> Limits:
    """How much a workspace may have at once."""
    return Limits.of(operations.read_rules(operation.backend.system, WorkspaceId(workspace_id)))


@router.put("/limits", response_model=Limits, responses=refusals(401, 404))
def set_workspace_limits(workspace_id: TheWorkspace, wish: Limits, operation: Looking) -> Limits:
    """Limit how much a workspace may have at once, or let the installation's limit hold."""
    with operation.on_workspace(WorkspaceId(workspace_id)) as desk:
        return Limits.of(operations.set_limits(desk, wish.concurrent_jobs))
