"""Workers that run while a test does, and what they leave in the database."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, select

from cliply.db.models import WebhookDelivery, WebhookSubscription
from cliply.db.session import workspace_session
from cliply.db.webhook_subscriptions import get_subscription
from cliply.domain.ids import JobRef, SubscriptionId, WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.services.jobs import move_job
from cliply.webhooks.worker import Pace, Worker
from tests.webhooks.receivers import Receiver

QUICK = Pace(schedule_s=(0.05, 0.05, 0.1, 0.1, 0.2, 0.2), poll_s=0.02, lease_s=5.0)
"""All waits are short."""

Subscribed = Callable[[Receiver], SubscriptionId]


@contextmanager
def working(*workers: Worker) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in workers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def until(holds: Callable[[], object], within_s: float = 15.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def deliveries(engine: Engine, workspace: WorkspaceId) -> list[WebhookDelivery]:
    with workspace_session(engine, workspace) as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.event_id)))


def statuses(engine: Engine, workspace: WorkspaceId) -> list[str]:
    return [row.status.value for row in deliveries(engine, workspace)]


def subscription(
    engine: Engine, workspace: WorkspaceId, subscription_id: SubscriptionId
) -> WebhookSubscription:
    with workspace_session(engine, workspace) as session:
        return get_subscription(session, subscription_id)


def move(engine: Engine, ref: JobRef, *wanted: JobMove) -> None:
    for step in wanted:
        with workspace_session(engine, ref.workspace_id) as session:
            move_job(session, ref.job_id, step)
