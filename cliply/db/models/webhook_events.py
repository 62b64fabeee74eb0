"""Webhook events: the outbox, written with what they tell of."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Owned, Row
from cliply.domain.ids import JobId


class WebhookEvent(Owned, Created, Row):
    """Outlives the job it tells of."""

    __tablename__ = "webhook_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    message_id: Mapped[UUID]
    """What its deliveries carry as `webhook-id`; the same for all tries."""
    kind: Mapped[str]
    """`job.completed`, `clip.rendered` …"""
    job_id: Mapped[JobId | None]
    """Events of one job are delivered in order."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        UniqueConstraint("workspace_id", "id"),
        UniqueConstraint("workspace_id", "message_id"),
        Index(None, "created_at"),
    )
