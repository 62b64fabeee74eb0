"""Where a workspace wants to be told: subscribing, changing, rotating, testing, replaying."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from pydantic import SecretStr
from sqlalchemy.orm import Session

from cliply.db import webhook_deliveries as deliveries
from cliply.db import webhook_subscriptions as subscriptions
from cliply.db.models import WebhookDelivery, WebhookSubscription
from cliply.db.session import now
from cliply.db.webhook_events import add_webhook_event
from cliply.domain.ids import SubscriptionId, WorkspaceId
from cliply.domain.webhooks import (
    FORMER_SECRET_H,
    MAX_SUBSCRIPTIONS,
    TEST_KIND,
    EventKind,
    EventWish,
    pattern_of,
)
from cliply.errors import Conflict
from cliply.outbound.addresses import Reach
from cliply.webhooks.secrets import new_secret, seal


@dataclass(frozen=True)
class Changes:
    """What is to be different; None stays as it is."""

    url: str | None = None
    events: Sequence[EventWish] | None = None
    is_enabled: bool | None = None


def subscribe(
    session: Session,
    workspace_id: WorkspaceId,
    url: str,
    events: Sequence[EventWish],
    *,
    key: SecretStr,
    reach: Reach,
) -> tuple[WebhookSubscription, SecretStr]:
    """The subscription and its secret, which nobody is shown again.

    Raises InvalidInput (ADDRESS_REFUSED), and Conflict when there are `MAX_SUBSCRIPTIONS`.
    """
    checked = reach.check_url(url)
    if subscriptions.count_subscriptions(session) >= MAX_SUBSCRIPTIONS:
        raise Conflict(
            f"A workspace has at most {MAX_SUBSCRIPTIONS} webhook subscriptions; "
            "delete one, or let one have more kinds of events."
        )
    subscription_id, secret = SubscriptionId(uuid4()), new_secret()
    row = WebhookSubscription(
        id=subscription_id,
        workspace_id=workspace_id,
        url=str(checked),
        events=_written(events),
        secret=seal(key, subscription_id, secret),
    )
    session.add(row)
    session.flush()
    return row, secret


def change(
    session: Session, row: WebhookSubscription, changes: Changes, *, reach: Reach
) -> WebhookSubscription:
    """Change a locked row. Enabled again, it goes on with what waits and forgets its failures.

    Raises InvalidInput (ADDRESS_REFUSED).
    """
    if changes.url is not None:
        row.url = str(reach.check_url(changes.url))
    if changes.events is not None:
        row.events = _written(changes.events)
    if changes.is_enabled is True and row.disabled_at is not None:
        row.disabled_at, row.failures = None, 0
        deliveries.unpark_deliveries(session, row.id)
    if changes.is_enabled is False and row.disabled_at is None:
        row.disabled_at = now(session)
        deliveries.park_deliveries(session, row.id)
    session.flush()
    return row


def rotate_secret(
    session: Session, subscription_id: SubscriptionId, *, key: SecretStr
) -> tuple[WebhookSubscription, SecretStr]:
    """A new secret; the former one signs beside it for `FORMER_SECRET_H` hours."""
    row = subscriptions.get_subscription(session, subscription_id, lock=True)
    secret = new_secret()
    row.former_secret = row.secret
    row.former_until = now(session) + timedelta(hours=FORMER_SECRET_H)
    row.secret = seal(key, subscription_id, secret)
    session.flush()
    return row, secret


def unsubscribe(session: Session, subscription_id: SubscriptionId) -> None:
    """Tell it no more; what waits is not sent and its log is gone."""
    session.delete(subscriptions.get_subscription(session, subscription_id, lock=True))
    session.flush()


def send_test(session: Session, subscription_id: SubscriptionId) -> WebhookDelivery:
    """An event for this subscription alone. Raises Conflict when it is disabled."""
    row = _enabled(session, subscription_id)
    facts = {"subscription_id": str(row.id)}
    event = add_webhook_event(session, row.workspace_id, TEST_KIND, facts, None)
    return deliveries.add_deliveries(session, event, [row])[0]


def replay(
    session: Session,
    subscription_id: SubscriptionId,
    *,
    delivery_id: UUID | None = None,
    since: datetime | None = None,
) -> int:
    """Send one delivery again, or all that the subscription wants of what happened since.

    The latter has what happened while it was disabled or wanted something else, too. They
    keep their `webhook-id` and the order within their jobs. Answers how many will be sent;
    one that is tried within the minute anyway does not count. Raises NotFound, and Conflict
    when the subscription is disabled.
    """
    row = _enabled(session, subscription_id)
    if delivery_id is not None:
        return deliveries.requeue(
            session, deliveries.get_delivery(session, subscription_id, delivery_id)
        )
    assert since is not None, "one of the two is given"
    queued = deliveries.requeue_since(session, subscription_id, since)
    return queued + deliveries.add_missed(session, row, kinds_of(row.events), since)


def kinds_of(wishes: Sequence[str]) -> list[str]:
    """The kinds that a subscription wants, its patterns written out."""
    return [kind.value for kind in EventKind if kind in wishes or pattern_of(kind) in wishes]


def _enabled(session: Session, subscription_id: SubscriptionId) -> WebhookSubscription:
    row = subscriptions.get_subscription(session, subscription_id, lock=True)
    if row.disabled_at is not None:
        raise Conflict(f"Webhook subscription {subscription_id} is disabled; enable it first.")
    return row


def _written(events: Sequence[EventWish]) -> list[str]:
    """Each once, in the order of the vocabulary."""
    return sorted({event.value for event in events})
