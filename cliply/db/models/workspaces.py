"""Workspaces: the tenants."""

from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.base import Base, Created
from cliply.domain.ids import WorkspaceId


class Workspace(Created, Base):
    """Owner of everything that carries its id."""

    __tablename__ = "workspaces"

    id: Mapped[WorkspaceId] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
