"""Workspaces: the tenants."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Row
from cliply.domain.ids import WorkspaceId


class Workspace(Created, Row):
    """Owner of everything that carries its id."""

    __tablename__ = "workspaces"

    id: Mapped[WorkspaceId] = mapped_column(primary_key=True)
    name: Mapped[str]
    concurrent_jobs: Mapped[int | None]
    """How many of its jobs may be at work at once; None is what the installation allows."""
    flags: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """Features that are switched on or off for this workspace alone."""
    deleted_at: Mapped[datetime | None]
    """Since when nobody gets in; its rows and objects are removed after that."""
