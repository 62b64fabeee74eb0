"""A workspace with a receiver, and an outbox that nothing else is in."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from cliply.db.models import WebhookSubscription
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import SubscriptionId, WorkspaceId
from cliply.domain.webhooks import EventPattern
from cliply.outbound.addresses import Reach, read_networks
from cliply.outbound.client import create_client
from cliply.webhooks.subscriptions import subscribe
from cliply.webhooks.worker import Worker
from tests.webhooks.receivers import Receiver, receiving
from tests.webhooks.working import QUICK

KEY = SecretStr("tests-encrypt-webhook-secrets-with-this")
REACH = Reach(read_networks(["127.0.0.0/8"]))
EVERYTHING = (EventPattern.all_jobs, EventPattern.all_clips)


@pytest.fixture
def _outbox(system_engine: Engine) -> None:
    """A worker sends for all workspaces, so nothing of other tests may be left."""
    with system_session(system_engine) as session:
        session.query(WebhookSubscription).delete()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with create_client(REACH, timeout_s=5) as opened:
        yield opened


@pytest.fixture
def receiver(_outbox: None) -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def subscribed(engine: Engine, workspace: WorkspaceId) -> Callable[[Receiver], SubscriptionId]:
    """Have the receiver told of everything in the workspace."""

    def to(receiver: Receiver) -> SubscriptionId:
        with workspace_session(engine, workspace) as session:
            row, secret = subscribe(
                session, workspace, receiver.url, EVERYTHING, key=KEY, reach=REACH
            )
        receiver.secret = secret.get_secret_value()
        return row.id

    return to


@pytest.fixture
def worker(system_engine: Engine, client: httpx.Client) -> Worker:
    return Worker(system_engine, client, KEY, QUICK)
