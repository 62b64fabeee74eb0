"""Removes all rows of a workspace; needs a system session."""

from datetime import timedelta

from sqlalchemy import Table, delete, func, select
from sqlalchemy.orm import Session

from cliply.db.models import Row, RowCount, Workspace
from cliply.domain.ids import WorkspaceId

GRACE = timedelta(days=1)
"""Between a workspace's deletion and the end of its rows: what runs for it comes to an end."""


def list_deleted_workspaces(session: Session) -> list[WorkspaceId]:
    """Those that were deleted longer than `GRACE` ago."""
    overdue = Workspace.deleted_at < func.now() - GRACE
    return list(session.scalars(select(Workspace.id).where(overdue).order_by(Workspace.deleted_at)))


def purge_rows(session: Session, workspace_id: WorkspaceId) -> None:
    """Delete every row that the workspace owns, and the workspace. Users stay."""
    for table in owned_tables():
        session.execute(delete(table).where(table.c.workspace_id == workspace_id))
    # Deleting jobs and clips was counted.
    session.execute(delete(RowCount).where(RowCount.workspace_id == workspace_id))
    session.execute(delete(Workspace).where(Workspace.id == workspace_id))


def owned_tables() -> list[Table]:
    """Tables with a `workspace_id`, children before their parents."""
    tables = reversed(Row.metadata.sorted_tables)
    return [table for table in tables if "workspace_id" in table.c]
