"""Workspaces: the tenants."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Row
from cliply.domain.ids import WorkspaceId


class Workspace(Created, Row):
    """Owner of everything that carries its id."""

    __tablename__ = "workspaces"

    id: Mapped[WorkspaceId] = mapped_column(primary_key=True)
    name: Mapped[str]
    deleted_at: Mapped[datetime | None]
    """Since when nobody gets in; its rows and objects are removed after that."""
