"""Webhook subscriptions: where a workspace wants to be told of what happens."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Owned, Row, target
from cliply.domain.ids import SubscriptionId


class WebhookSubscription(Owned, Created, Row):
    __tablename__ = "webhook_subscriptions"

    id: Mapped[SubscriptionId] = mapped_column(primary_key=True)
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(JSONB)
    """Names such as `job.completed`, or `job.*`."""
    secret: Mapped[str]
    """Encrypted; what deliveries are signed with."""
    former_secret: Mapped[str | None]
    """Encrypted; signs beside the new one until `former_until`."""
    former_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    """Deliveries in a row that were given up."""
    disabled_at: Mapped[datetime | None]

    __table_args__ = (target(),)
