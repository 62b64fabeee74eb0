"""Webhooks: where a workspace is told of its jobs and clips, and how that went."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr

from api.conditions import IfMatch, check_match, tagged
from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.paging import Paging
from api.schemas.base import Page
from api.schemas.webhooks import (
    ChangedSubscription,
    DeliveryAnswer,
    NewSubscription,
    Replay,
    ReplayAnswer,
    SubscriptionAnswer,
    SubscriptionWithSecret,
)
from api.work import Work, creates, needs
from cliply.db.models import WebhookDelivery, WebhookSubscription
from cliply.db.pages import count_all, page_of
from cliply.db.webhook_deliveries import deliveries_of
from cliply.db.webhook_events import list_kinds
from cliply.db.webhook_subscriptions import (
    all_subscriptions,
    count_subscriptions,
    get_subscription,
)
from cliply.domain.access import Permission
from cliply.domain.ids import SubscriptionId
from cliply.domain.webhooks import TEST_KIND
from cliply.outbound.addresses import Reach, read_networks
from cliply.webhooks import subscriptions
from cliply.webhooks.secrets import seal, unseal

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"], route_class=MemberRoute)

RESOURCE = "webhook_subscription"
Reading = Annotated[Work, needs(Permission.webhooks_read)]
Writing = Annotated[Work, needs(Permission.webhooks_write)]
Creating = Annotated[Work, creates(Permission.webhooks_write)]
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is as in the `If-None-Match`."}
}


@router.post(
    "/subscribe",
    status_code=201,
    response_model=SubscriptionWithSecret,
    responses=refusals(*MEMBERS, 409),
)
def subscribe_webhook(wish: NewSubscription, work: Creating) -> Response:
    """Have an address told of events; the answer alone has the secret that signs them."""

    def make() -> SubscriptionWithSecret:
        row, secret = subscriptions.subscribe(
            work.session,
            work.caller.workspace_id,
            wish.url,
            wish.events,
            key=work.backend.secret,
            reach=_reach(work),
        )
        work.record("webhook.subscribe", RESOURCE, row.id, events=row.events)
        return _sealed(work, row, secret)

    return _opened(work, work.once(make, body=wish))


@router.get("/subscriptions", response_model=Page[SubscriptionAnswer], responses=refusals(*MEMBERS))
def list_webhook_subscriptions(work: Reading, paging: Paging) -> Page[SubscriptionAnswer]:
    """Webhook subscriptions of the workspace, the newest first."""
    found = page_of(
        work.session,
        all_subscriptions(),
        WebhookSubscription,
        WebhookSubscription.created_at,
        paging,
    )
    return Page[SubscriptionAnswer].of(
        [SubscriptionAnswer.of(row) for row in found.rows],
        total=count_subscriptions(work.session),
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


@router.get(
    "/subscriptions/{subscription_id}",
    response_model=SubscriptionAnswer,
    responses={**refusals(*MEMBERS), **UNCHANGED},
)
def get_webhook_subscription(subscription_id: UUID, work: Reading, request: Request) -> Response:
    """One webhook subscription, without its secret."""
    row = get_subscription(work.session, SubscriptionId(subscription_id))
    return tagged(request, SubscriptionAnswer.of(row))


@router.patch(
    "/subscriptions/{subscription_id}",
    response_model=SubscriptionAnswer,
    responses=refusals(*MEMBERS, 412),
)
def update_webhook_subscription(
    subscription_id: UUID,
    wish: ChangedSubscription,
    work: Writing,
    request: Request,
    if_match: IfMatch = None,
) -> Response:
    """Change the address or the kinds of events, disable it, or enable it again."""
    row = get_subscription(work.session, SubscriptionId(subscription_id), lock=True)
    check_match(if_match, SubscriptionAnswer.of(row), "webhook subscription")
    changes = subscriptions.Changes(wish.url, wish.events, wish.is_enabled)
    subscriptions.change(work.session, row, changes, reach=_reach(work))
    work.record("webhook.update", RESOURCE, row.id, fields=sorted(wish.model_fields_set))
    return tagged(request, SubscriptionAnswer.of(row))


@router.delete("/subscriptions/{subscription_id}", status_code=204, responses=refusals(*MEMBERS))
def delete_webhook_subscription(subscription_id: UUID, work: Writing) -> None:
    """Tell this address no more; what waits is not sent, and its log is gone."""
    subscriptions.unsubscribe(work.session, SubscriptionId(subscription_id))
    work.record("webhook.delete", RESOURCE, subscription_id)


@router.post(
    "/subscriptions/{subscription_id}/rotate",
    response_model=SubscriptionWithSecret,
    responses=refusals(*MEMBERS, 409),
)
def rotate_webhook_secret(subscription_id: UUID, work: Creating) -> Response:
    """Make a new secret; for 24 hours the former one signs beside it."""

    def make() -> SubscriptionWithSecret:
        row, secret = subscriptions.rotate_secret(
            work.session, SubscriptionId(subscription_id), key=work.backend.secret
        )
        work.record("webhook.rotate", RESOURCE, row.id)
        return _sealed(work, row, secret)

    return _opened(work, work.once(make, status=200))


@router.post(
    "/subscriptions/{subscription_id}/test",
    status_code=202,
    response_model=DeliveryAnswer,
    responses=refusals(*MEMBERS, 409),
)
def send_test_event(subscription_id: UUID, work: Creating) -> Response:
    """Send a `webhook.test` event; its delivery is in the log."""

    def make() -> DeliveryAnswer:
        row = subscriptions.send_test(work.session, SubscriptionId(subscription_id))
        work.record("webhook.test", RESOURCE, subscription_id)
        return DeliveryAnswer.of(row, TEST_KIND)

    return work.once(make, status=202)


@router.get(
    "/subscriptions/{subscription_id}/deliveries",
    response_model=Page[DeliveryAnswer],
    responses=refusals(*MEMBERS),
)
def list_webhook_deliveries(
    subscription_id: UUID, work: Reading, paging: Paging
) -> Page[DeliveryAnswer]:
    """What was and will be sent to a subscription with all tries, the newest first."""
    row = get_subscription(work.session, SubscriptionId(subscription_id))
    wanted = deliveries_of(row.id)
    found = page_of(work.session, wanted, WebhookDelivery, WebhookDelivery.created_at, paging)
    kinds = list_kinds(work.session, {one.event_id for one in found.rows})
    return Page[DeliveryAnswer].of(
        [DeliveryAnswer.of(one, kinds[one.event_id]) for one in found.rows],
        total=count_all(work.session, wanted),
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


@router.post(
    "/subscriptions/{subscription_id}/replay",
    status_code=202,
    response_model=ReplayAnswer,
    responses=refusals(*MEMBERS, 409),
)
def replay_webhook_deliveries(subscription_id: UUID, wish: Replay, work: Creating) -> Response:
    """Send a delivery again, or everything that has happened since a moment."""

    def make() -> ReplayAnswer:
        queued = subscriptions.replay(
            work.session,
            SubscriptionId(subscription_id),
            delivery_id=wish.delivery_id,
            since=wish.since,
        )
        told = wish.model_dump(mode="json", exclude_none=True)
        work.record("webhook.replay", RESOURCE, subscription_id, queued=queued, **told)
        return ReplayAnswer(queued=queued)

    return work.once(make, body=wish, status=202)


def _reach(work: Work) -> Reach:
    return Reach(read_networks(work.backend.settings.webhook_networks))


def _sealed(work: Work, row: WebhookSubscription, secret: SecretStr) -> SubscriptionWithSecret:
    """As it may be kept for 24 h beside its Idempotency-Key: with the secret encrypted."""
    return SubscriptionWithSecret.made(row, seal(work.backend.secret, row.id, secret))


def _opened(work: Work, answer: Response) -> Response:
    """The answer with its secret readable."""
    sealed = SubscriptionWithSecret.model_validate_json(bytes(answer.body))
    secret = unseal(work.backend.secret, SubscriptionId(sealed.id), sealed.secret)
    readable = sealed.model_copy(update={"secret": secret.get_secret_value()})
    headers = {name: answer.headers[name] for name in answer.headers if name != "content-length"}
    return Response(readable.model_dump_json(), answer.status_code, headers)
