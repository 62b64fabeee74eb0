"""Workspaces on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.schemas.base import Name, Schema
from cliply.db.models import Workspace
from cliply.domain.access import Role


class NewWorkspace(Schema):
    """What a workspace is to be."""

    name: Name = Field(examples=["Hive & Honey"])


class WorkspaceChange(Schema):
    """What is to be different."""

    name: Name = Field(examples=["Hive & Honey"])


class WorkspaceAnswer(Schema):
    """A workspace, as who asks sees it."""

    id: UUID
    name: str = Field(examples=["Hive & Honey"])
    role: Role = Field(description="What you are in it.")
    created_at: datetime

    @classmethod
    def of(cls, row: Workspace, role: Role) -> "WorkspaceAnswer":
        return cls(id=row.id, name=row.name, role=role, created_at=row.created_at)
