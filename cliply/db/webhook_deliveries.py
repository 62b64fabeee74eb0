"""Queries for webhook deliveries: which are due, in which order, and which go out again."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, func, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from cliply.db.models import WebhookDelivery, WebhookEvent, WebhookSubscription
from cliply.db.models.webhook_deliveries import DeliveryStatus
from cliply.db.session import now
from cliply.domain.ids import SubscriptionId
from cliply.domain.webhooks import LEASE_S
from cliply.errors import NotFound


def add_deliveries(
    session: Session, event: WebhookEvent, subscriptions: Sequence[WebhookSubscription]
) -> list[WebhookDelivery]:
    """One for each, due at once."""
    moment = now(session)
    rows = [
        WebhookDelivery(
            id=uuid4(),
            workspace_id=event.workspace_id,
            subscription_id=subscription.id,
            event_id=event.id,
            job_id=event.job_id,
            status=DeliveryStatus.waiting,
            next_try_at=moment,
        )
        for subscription in subscriptions
    ]
    session.add_all(rows)
    session.flush()
    return rows


def deliveries_of(subscription_id: SubscriptionId) -> Select[WebhookDelivery]:
    """All of a subscription, for a page of them."""
    return select(WebhookDelivery).where(WebhookDelivery.subscription_id == subscription_id)


def get_delivery(
    session: Session, subscription_id: SubscriptionId, delivery_id: UUID
) -> WebhookDelivery:
    """Raises NotFound, also for one of another subscription."""
    row = session.scalar(deliveries_of(subscription_id).where(WebhookDelivery.id == delivery_id))
    if row is None:
        raise NotFound(f"Subscription {subscription_id} has no delivery {delivery_id}.")
    return row


def claim_due(
    session: Session, *, except_of: Collection[SubscriptionId] = (), lease_s: float = LEASE_S
) -> tuple[WebhookDelivery, WebhookSubscription, WebhookEvent] | None:
    """Take the delivery that has been due for longest; needs a system session.

    Nobody else gets it for `lease_s`. One of a job comes only when no earlier one of the
    same job and subscription waits; those of disabled subscriptions do not come.
    """
    delivery = session.scalar(_due(except_of))
    if delivery is None:
        return None
    subscription = session.get_one(WebhookSubscription, delivery.subscription_id)
    event = session.get_one(WebhookEvent, delivery.event_id)
    delivery.next_try_at = now(session) + timedelta(seconds=lease_s)
    if subscription.disabled_at is not None:  # disabled while this one was written
        delivery.next_try_at = None
    session.flush()
    return delivery, subscription, event


def find_leased(session: Session, delivery_id: UUID, until: datetime) -> WebhookDelivery | None:
    """The delivery, held until the transaction ends, if nobody else has got it since.

    It may have been parked meanwhile.
    """
    query = select(WebhookDelivery).where(
        WebhookDelivery.id == delivery_id,
        WebhookDelivery.status == DeliveryStatus.waiting,
        or_(WebhookDelivery.next_try_at == until, WebhookDelivery.next_try_at.is_(None)),
    )
    return session.scalar(query.with_for_update())


def hold_back(session: Session, delivery: WebhookDelivery) -> None:
    """Later ones of its job need not be looked at before it is tried again."""
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.subscription_id == delivery.subscription_id,
            WebhookDelivery.job_id == delivery.job_id,
            WebhookDelivery.event_id > delivery.event_id,
            WebhookDelivery.status == DeliveryStatus.waiting,
        )
        .values(next_try_at=delivery.next_try_at)
        .execution_options(synchronize_session=False)
    )


def park_deliveries(session: Session, subscription_id: SubscriptionId) -> None:
    """What waits is not due any more, so that nobody looks through it again and again."""
    _put_off(session, subscription_id, null())


def unpark_deliveries(session: Session, subscription_id: SubscriptionId) -> None:
    """What waits is due at once."""
    _put_off(session, subscription_id, func.clock_timestamp())


def add_missed(
    session: Session, subscription: WebhookSubscription, kinds: Collection[str], since: datetime
) -> int:
    """Deliveries of the events since then that the subscription never had one of."""
    told = select(
        func.gen_random_uuid(),
        literal(subscription.workspace_id),
        literal(subscription.id),
        WebhookEvent.id,
        WebhookEvent.job_id,
        literal(DeliveryStatus.waiting.value),
        func.clock_timestamp(),
    ).where(WebhookEvent.created_at >= since, WebhookEvent.kind.in_(kinds))
    columns = [
        "id", "workspace_id", "subscription_id", "event_id", "job_id", "status", "next_try_at",
    ]  # fmt: skip
    added = insert(WebhookDelivery).from_select(columns, told).on_conflict_do_nothing()
    return len(session.scalars(added.returning(WebhookDelivery.id)).all())


def requeue(session: Session, delivery: WebhookDelivery) -> int:
    """Send it again; 0 when it waits and is tried within the minute anyway."""
    return _requeue(session, WebhookDelivery.id == delivery.id)


def requeue_since(session: Session, subscription_id: SubscriptionId, since: datetime) -> int:
    """Send those of events since then again; answers how many will be sent."""
    told = select(WebhookEvent.id).where(WebhookEvent.created_at >= since)
    of_subscription = WebhookDelivery.subscription_id == subscription_id
    return _requeue(session, of_subscription & WebhookDelivery.event_id.in_(told))


def _put_off(session: Session, subscription_id: SubscriptionId, until: ColumnElement[Any]) -> None:
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.subscription_id == subscription_id,
            WebhookDelivery.status == DeliveryStatus.waiting,
        )
        .values(next_try_at=until)
        .execution_options(synchronize_session=False)
    )


def _requeue(session: Session, wanted: ColumnElement[bool]) -> int:
    """One that is being tried, or will be soon, is left alone: it must not go out twice."""
    soon = func.clock_timestamp() + timedelta(seconds=LEASE_S)
    again = (
        update(WebhookDelivery)
        .where(
            wanted,
            or_(
                WebhookDelivery.status != DeliveryStatus.waiting,
                WebhookDelivery.next_try_at > soon,
            ),
        )
        .values(
            status=DeliveryStatus.waiting, next_try_at=func.clock_timestamp(), delivered_at=None
        )
        .returning(WebhookDelivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(again).all())


def _due(except_of: Collection[SubscriptionId]) -> Select[WebhookDelivery]:
    """Read in the order of an index until one row fits, whatever the planner knows."""
    # Asked for each row alone: joined, the planner may compare all waiting with all waiting,
    # which took 7 min for 20,000 of them.
    of_job = aliased(WebhookDelivery)
    first_of_job = (
        select(func.min(of_job.event_id))
        .where(
            of_job.workspace_id == WebhookDelivery.workspace_id,
            of_job.subscription_id == WebhookDelivery.subscription_id,
            of_job.job_id == WebhookDelivery.job_id,
            of_job.status == DeliveryStatus.waiting,
        )
        .scalar_subquery()
    )
    return (
        select(WebhookDelivery)
        .where(
            WebhookDelivery.status == DeliveryStatus.waiting,
            WebhookDelivery.next_try_at <= func.now(),
            WebhookDelivery.subscription_id.not_in(except_of),
            or_(WebhookDelivery.job_id.is_(None), WebhookDelivery.event_id == first_of_job),
        )
        .order_by(WebhookDelivery.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
