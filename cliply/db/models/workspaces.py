"""Workspaces: the tenants."""

from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Row
from cliply.domain.ids import WorkspaceId


class Workspace(Created, Row):
    """Owner of everything that carries its id."""

    __tablename__ = "workspaces"

    id: Mapped[WorkspaceId] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
