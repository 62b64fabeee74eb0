"""Queries for workspaces; they need a system session."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from cliply.db.models import Workspace
from cliply.domain.ids import WorkspaceId


def add_workspace(session: Session, workspace_id: WorkspaceId, name: str) -> Workspace:
    """Add a workspace; its name is unique in the installation."""
    workspace = Workspace(id=workspace_id, name=name)
    session.add(workspace)
    session.flush()
    return workspace


def list_workspaces(session: Session) -> list[Workspace]:
    """All of them, oldest first."""
    return list(session.scalars(select(Workspace).order_by(Workspace.created_at, Workspace.id)))
