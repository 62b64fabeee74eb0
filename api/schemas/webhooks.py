"""Webhook subscriptions and their deliveries on the wire."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from api.schemas.base import Schema, one_line
from cliply.db.models import WebhookDelivery, WebhookSubscription
from cliply.db.models.webhook_deliveries import DeliveryStatus
from cliply.domain.webhooks import EventKind, EventWish, Try
from cliply.outbound.addresses import MAX_URL

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_URL,
        description="Public and under https; a redirect is not followed.",
        examples=["https://example.com/hooks/cliply"],
    ),
    AfterValidator(one_line),
]
Events = Annotated[
    list[EventWish],
    Field(
        min_length=1,
        max_length=50,
        description="Kinds of events, or `job.*` and `clip.*` for all of a noun.",
        examples=[["job.completed", "clip.*"]],
    ),
]
SECRET_SHOWN_ONCE = "Verify deliveries with it. It is not shown again; rotate it if it is lost."


class NewSubscription(Schema):
    """Where to tell of what."""

    url: Url
    events: Events


class ChangedSubscription(Schema):
    """What is to be different; what is left out stays."""

    url: Url | None = None
    events: Events | None = None
    is_enabled: bool | None = Field(
        None, description="true goes on with what waits, false tells no more."
    )


class SubscriptionAnswer(Schema):
    """A subscription, without its secret."""

    id: UUID
    url: str
    events: list[str] = Field(examples=[[EventKind.job_completed]])
    is_enabled: bool
    failures: int = Field(description="Deliveries in a row that were given up.", ge=0)
    disabled_at: datetime | None = Field(
        description="When it was disabled, by a person, by 410 or after failures."
    )
    former_secret_until: datetime | None = Field(
        description="Until then a secret that was replaced signs beside the present one."
    )
    created_at: datetime

    @classmethod
    def of(cls, row: WebhookSubscription) -> Self:
        return cls(**_facts(row))


class SubscriptionWithSecret(SubscriptionAnswer):
    """A subscription with a new secret."""

    secret: str = Field(
        description=SECRET_SHOWN_ONCE, examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    )

    @classmethod
    def made(cls, row: WebhookSubscription, secret: str) -> Self:
        return cls(**_facts(row), secret=secret)


class DeliveryAnswer(Schema):
    """One event on its way to one subscription."""

    id: UUID
    event: str = Field(description="The kind.", examples=[EventKind.job_completed])
    job_id: UUID | None
    status: DeliveryStatus
    next_try_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    tries: list[Try] = Field(description="The newest 30, the last one being the newest.")

    @classmethod
    def of(cls, row: WebhookDelivery, kind: str) -> Self:
        return cls(
            id=row.id,
            event=kind,
            job_id=row.job_id,
            status=row.status,
            next_try_at=row.next_try_at,
            delivered_at=row.delivered_at,
            created_at=row.created_at,
            tries=[Try.model_validate(one) for one in row.tries],
        )


class Replay(Schema):
    """What to send again: one delivery, or everything since then."""

    delivery_id: UUID | None = None
    since: AwareDatetime | None = Field(
        None,
        description="Also what happened while the subscription was disabled. Events are kept "
        "for 30 days.",
        examples=["2026-01-31T09:00:00Z"],
    )

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.delivery_id is None) == (self.since is None):
            raise ValueError("give either delivery_id or since")
        return self


class ReplayAnswer(Schema):
    """How much is sent again."""

    queued: int = Field(ge=0, description="What is tried within the minute does not count.")


def _facts(row: WebhookSubscription) -> dict[str, object]:
    return {
        "id": row.id,
        "url": row.url,
        "events": row.events,
        "is_enabled": row.disabled_at is None,
        "failures": row.failures,
        "disabled_at": row.disabled_at,
        "former_secret_until": row.former_until,
        "created_at": row.created_at,
    }
