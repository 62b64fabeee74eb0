"""Webhook deliveries: one for each event and subscription that wants it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Choice, Created, Owned, Row, one_of, parent
from cliply.domain.ids import JobId, SubscriptionId


class DeliveryStatus(StrEnum):
    waiting = "waiting"
    delivered = "delivered"
    given_up = "given_up"


class WebhookDelivery(Owned, Created, Row):
    __tablename__ = "webhook_deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subscription_id: Mapped[SubscriptionId]
    event_id: Mapped[int] = mapped_column(BigInteger)
    job_id: Mapped[JobId | None]
    """The event's, for the order within a job."""
    status: Mapped[DeliveryStatus] = mapped_column(Choice(DeliveryStatus))
    next_try_at: Mapped[datetime | None]
    tries: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    """The log: time, status or error, duration and the answer's first characters."""
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        parent("subscription_id", "webhook_subscriptions"),
        parent("event_id", "webhook_events"),
        one_of("status", DeliveryStatus),
        UniqueConstraint("workspace_id", "subscription_id", "event_id"),
        Index(None, "workspace_id", "event_id"),
        Index(
            "ix_webhook_deliveries_order",
            "workspace_id",
            "subscription_id",
            "job_id",
            "event_id",
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_webhook_deliveries_waiting",
            "next_try_at",
            postgresql_where=text("status = 'waiting'"),
        ),
    )
