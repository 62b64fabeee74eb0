"""The audit log on the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api.schemas.base import Schema
from cliply.db.models import AuditEntry


class AuditEntryAnswer(Schema):
    """One change, and who made it."""

    id: int
    created_at: datetime
    action: str = Field(examples=["job.create"])
    resource_type: str = Field(examples=["job"])
    resource_id: str | None = Field(examples=["7f0c2d5e-0000-4000-8000-000000000000"])
    actor_id: UUID | None = Field(description="The user; they may be gone since.")
    token_id: UUID | None = Field(description="The API token that they used, if any.")
    ip: str | None = Field(examples=["203.0.113.7"])
    request_id: str | None = Field(description="The `trace_id` of the request.")
    details: dict[str, Any]

    @classmethod
    def of(cls, row: AuditEntry) -> "AuditEntryAnswer":
        return cls.model_validate(row)
