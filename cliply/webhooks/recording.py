"""What came of a try, written down: delivered, tried again later, or given up."""

import random
from datetime import timedelta

from sqlalchemy.orm import Session

from cliply.db.models import AuditEntry, WebhookDelivery, WebhookSubscription
from cliply.db.models.webhook_deliveries import DeliveryStatus
from cliply.db.session import now
from cliply.db.webhook_deliveries import find_leased, hold_back, park_deliveries
from cliply.db.webhook_subscriptions import find_subscription
from cliply.domain.webhooks import Try, count_tries
from cliply.webhooks.delivering import Due, Outcome, wait_before

LOGGED = 30
"""Tries of a delivery that are kept, the newest."""


def record(
    session: Session,
    due: Due,
    outcome: Outcome,
    *,
    schedule_s: tuple[float, ...],
    disabled_after: int,
    jitter: random.Random,
) -> DeliveryStatus | None:
    """What the delivery is now; None when it is not ours any more, or gone.

    A subscription is disabled when its receiver is gone (410) and after `disabled_after`
    deliveries in a row that were given up.
    """
    subscription = find_subscription(session, due.subscription_id, lock=True)
    delivery = find_leased(session, due.delivery_id, due.leased_until)
    if subscription is None or delivery is None:
        return None
    tried = count_tries([Try.model_validate(one) for one in delivery.tries]) + 1
    wait_s = wait_before(tried, schedule_s, outcome.retry_after_s, jitter)
    is_final = outcome.is_delivered or outcome.is_gone or wait_s is None
    told = outcome.told.model_copy(update={"is_final": is_final})
    delivery.tries = [*delivery.tries, told.model_dump(mode="json")][-LOGGED:]
    if outcome.is_delivered:
        _keep_delivered(session, delivery, subscription)
    elif is_final:
        _give_up(session, delivery, subscription, outcome, disabled_after)
    elif wait_s is not None and subscription.disabled_at is None:
        delivery.next_try_at = now(session) + timedelta(seconds=wait_s)
        session.flush()
        hold_back(session, delivery)
    session.flush()
    return delivery.status


def _keep_delivered(
    session: Session, delivery: WebhookDelivery, subscription: WebhookSubscription
) -> None:
    delivery.status = DeliveryStatus.delivered
    delivery.delivered_at = now(session)
    delivery.next_try_at = None
    if subscription.failures:
        subscription.failures = 0


def _give_up(
    session: Session,
    delivery: WebhookDelivery,
    subscription: WebhookSubscription,
    outcome: Outcome,
    disabled_after: int,
) -> None:
    delivery.status = DeliveryStatus.given_up
    delivery.next_try_at = None
    subscription.failures += 1
    is_enough = outcome.is_gone or subscription.failures >= disabled_after
    if is_enough and subscription.disabled_at is None:
        _disable(session, subscription, "gone" if outcome.is_gone else "failures")


def _disable(session: Session, subscription: WebhookSubscription, reason: str) -> None:
    """Tell it no more until somebody enables it, and put that on record."""
    subscription.disabled_at = now(session)
    session.flush()
    park_deliveries(session, subscription.id)
    session.add(
        AuditEntry(
            workspace_id=subscription.workspace_id,
            action="webhook.disable",
            resource_type="webhook_subscription",
            resource_id=str(subscription.id),
            details={"reason": reason, "failures": subscription.failures},
        )
    )
