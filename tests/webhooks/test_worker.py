from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine, select

from cliply.db.models import AuditEntry, WebhookEvent
from cliply.db.session import now, workspace_session
from cliply.db.webhook_subscriptions import get_subscription
from cliply.domain.ids import WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.domain.webhooks import EventKind
from cliply.services.outbox import tell
from cliply.webhooks.subscriptions import (
    Changes,
    change,
)
from cliply.webhooks.worker import Worker
from tests.rows import new_job, rendered_job
from tests.webhooks.conftest import KEY, REACH
from tests.webhooks.receivers import Receiver
from tests.webhooks.working import (
    QUICK,
    Subscribed,
    deliveries,
    move,
    statuses,
    subscription,
    until,
    working,
)


def test_a_receiver_is_told_of_a_job_from_its_beginning_to_its_clips(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscribed(receiver)
    ref = rendered_job(engine, workspace, 0, 30_000)

    with working(worker):
        until(lambda: len(receiver.got) == 5)

    assert receiver.kinds_of(ref.job_id) == [
        "job.created", "clip.rendered", "clip.rendered", "job.started", "job.review",
    ]  # fmt: skip
    assert receiver.got[-1]["data"]["status"] == "review"
    assert statuses(engine, workspace) == ["delivered"] * 5


def test_a_delivery_is_given_up_after_its_last_try_and_the_next_one_goes_on(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscription_id = subscribed(receiver)
    receiver.status = 500
    ref = new_job(engine, workspace)
    move(engine, ref, JobMove.ingest)
    short = replace(worker, pace=replace(QUICK, schedule_s=(0.0, 0.0)))
    for _ in range(3):
        assert short.deliver_one()
    receiver.status = 200

    with working(short):
        until(lambda: receiver.got)

    assert statuses(engine, workspace) == ["given_up", "delivered"]
    first = deliveries(engine, workspace)[0]
    assert [one["status"] for one in first.tries] == [500, 500, 500]
    assert [one["is_final"] for one in first.tries] == [False, False, True]
    assert subscription(engine, workspace, subscription_id).failures == 0, "it has recovered"


def test_a_subscription_that_fails_again_and_again_is_disabled_and_that_is_on_record(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscription_id = subscribed(receiver)
    receiver.status = 500
    for _ in range(4):
        new_job(engine, workspace)
    hasty = replace(worker, pace=replace(QUICK, schedule_s=(), disabled_after=3))
    while hasty.deliver_one():
        pass

    row = subscription(engine, workspace, subscription_id)
    assert row.disabled_at is not None
    assert len(receiver.message_ids) == 3, "the fourth waits until it is enabled again"
    with workspace_session(engine, workspace) as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.resource_id) == ("webhook.disable", str(subscription_id))
    assert entry.details == {"reason": "failures", "failures": 3}

    receiver.status = 200
    with workspace_session(engine, workspace) as session:
        row = get_subscription(session, subscription_id, lock=True)
        change(session, row, Changes(is_enabled=True), reach=REACH)
    assert hasty.deliver_one()
    assert statuses(engine, workspace) == ["given_up"] * 3 + ["delivered"]


def test_a_receiver_that_is_gone_is_told_no_more(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscription_id = subscribed(receiver)
    receiver.status = 410
    new_job(engine, workspace)

    assert worker.deliver_one()

    assert subscription(engine, workspace, subscription_id).disabled_at is not None
    new_job(engine, workspace)
    assert statuses(engine, workspace) == ["given_up"], "nothing new is queued for it"
    assert not worker.deliver_one()


def test_a_receiver_that_asks_to_be_left_alone_is(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscribed(receiver)
    receiver.status, receiver.headers = 429, {"Retry-After": "600"}
    new_job(engine, workspace)

    assert worker.deliver_one()

    with workspace_session(engine, workspace) as session:
        moment = now(session)
    due_at = deliveries(engine, workspace)[0].next_try_at
    assert due_at is not None
    assert timedelta(seconds=580) < due_at - moment <= timedelta(seconds=600)


def test_nobody_is_told_of_what_is_undone(
    engine: Engine, workspace: WorkspaceId, receiver: Receiver, subscribed: Subscribed
) -> None:
    subscribed(receiver)

    def fail() -> None:
        with workspace_session(engine, workspace) as session:
            tell(session, workspace, EventKind.job_created, {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert deliveries(engine, workspace) == []


def test_another_workspace_is_told_nothing(
    engine: Engine,
    workspace: WorkspaceId,
    rival: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscribed(receiver)
    new_job(engine, rival)

    assert not worker.deliver_one()
    with workspace_session(engine, rival) as session:
        assert session.scalars(select(WebhookEvent)).all() == [], "nobody there has subscribed"


def test_an_engine_that_sees_one_workspace_only_is_refused(
    engine: Engine, client: httpx.Client
) -> None:
    with pytest.raises(ValueError, match="cliply_system"):
        Worker(engine, client, KEY, QUICK).deliver_one()


def test_what_is_sent_while_the_subscription_is_disabled_is_on_record_all_the_same(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscription_id = subscribed(receiver)
    receiver.takes_s = 0.4
    refs = [new_job(engine, workspace)]
    with working(worker):
        until(lambda: receiver.message_ids)
        refs.append(new_job(engine, workspace))
        with workspace_session(engine, workspace) as session:
            row = get_subscription(session, subscription_id, lock=True)
            change(session, row, Changes(is_enabled=False), reach=REACH)
        until(lambda: statuses(engine, workspace)[0] == "delivered")
    sent = len(receiver.message_ids)
    with workspace_session(engine, workspace) as session:
        row = get_subscription(session, subscription_id, lock=True)
        change(session, row, Changes(is_enabled=True), reach=REACH)
    receiver.takes_s = 0.0
    while worker.deliver_one():
        pass

    assert statuses(engine, workspace) == ["delivered"] * 2
    assert len(receiver.message_ids) <= sent + 1
    assert {receiver.kinds_of(ref.job_id)[0] for ref in refs} == {"job.created"}
