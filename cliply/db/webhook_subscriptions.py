"""Queries for webhook subscriptions."""

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from cliply.db.models import WebhookSubscription
from cliply.domain.ids import SubscriptionId, WorkspaceId
from cliply.domain.webhooks import pattern_of
from cliply.errors import NotFound


def find_subscription(
    session: Session, subscription_id: SubscriptionId, *, lock: bool = False
) -> WebhookSubscription | None:
    """With `lock`, as it is now and held until the transaction ends.

    The lock lets new deliveries refer to the row.
    """
    query = select(WebhookSubscription).where(WebhookSubscription.id == subscription_id)
    if lock:
        query = query.with_for_update(key_share=True)
        query = query.execution_options(populate_existing=True)
    return session.scalar(query)


def get_subscription(
    session: Session, subscription_id: SubscriptionId, *, lock: bool = False
) -> WebhookSubscription:
    """Raises NotFound, also for another workspace's."""
    row = find_subscription(session, subscription_id, lock=lock)
    if row is None:
        raise NotFound(f"There is no webhook subscription {subscription_id}.")
    return row


def all_subscriptions() -> Select[WebhookSubscription]:
    """Those of the pinned workspace, for a page of them."""
    return select(WebhookSubscription)


def count_subscriptions(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(WebhookSubscription)).one()


def list_wanting(
    session: Session, workspace_id: WorkspaceId, kind: str
) -> list[WebhookSubscription]:
    """Subscriptions that want such events, disabled ones too.

    None of them can be deleted until the transaction ends.
    """
    wanted = array([kind, pattern_of(kind)])
    query = select(WebhookSubscription).where(
        WebhookSubscription.workspace_id == workspace_id,
        WebhookSubscription.events.has_any(wanted),
    )
    return list(session.scalars(query.with_for_update(read=True, key_share=True)))
