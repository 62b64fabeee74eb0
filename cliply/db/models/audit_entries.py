"""Audit entries: who changed what, kept for 90 days."""

from typing import Any

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Owned, Row
from cliply.domain.ids import ApiTokenId, UserId


class AuditEntry(Owned, Created, Row):
    """Outlives its actor and its resource, so it refers to neither."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    actor_id: Mapped[UserId | None]
    token_id: Mapped[ApiTokenId | None]
    action: Mapped[str]
    """What was done, `job.create`."""
    resource_type: Mapped[str]
    resource_id: Mapped[str | None]
    ip: Mapped[str | None]
    request_id: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (Index(None, "workspace_id", "created_at", "id"), Index(None, "created_at"))
