import time
from dataclasses import replace

from sqlalchemy import Engine

from cliply.db.session import now, workspace_session
from cliply.db.webhook_subscriptions import get_subscription
from cliply.domain.ids import WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.webhooks.subscriptions import (
    Changes,
    change,
    replay,
    rotate_secret,
    unsubscribe,
)
from cliply.webhooks.worker import Worker
from tests.rows import new_job
from tests.webhooks.conftest import KEY, REACH
from tests.webhooks.receivers import Receiver
from tests.webhooks.working import QUICK, Subscribed, deliveries, move, statuses, until, working


def test_a_replay_sends_the_same_message_again(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscription_id = subscribed(receiver)
    new_job(engine, workspace)
    worker.deliver_one()
    (row,) = deliveries(engine, workspace)

    with workspace_session(engine, workspace) as session:
        assert replay(session, subscription_id, delivery_id=row.id) == 1
        assert replay(session, subscription_id, delivery_id=row.id) == 0, "it is on its way"
    assert worker.deliver_one()

    assert len(receiver.message_ids) == 2
    assert len(set(receiver.message_ids)) == 1
    assert receiver.raw[0][1] == receiver.raw[1][1], "the body is the same to the byte"
    (row,) = deliveries(engine, workspace)
    assert [one["is_final"] for one in row.tries] == [True, True]


def test_a_replay_starts_the_schedule_anew(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscription_id = subscribed(receiver)
    receiver.status = 500
    new_job(engine, workspace)
    short = replace(worker, pace=replace(QUICK, schedule_s=(0.0,)))
    while short.deliver_one():
        pass
    (row,) = deliveries(engine, workspace)
    with workspace_session(engine, workspace) as session:
        replay(session, subscription_id, delivery_id=row.id)
    while short.deliver_one():
        pass

    assert len(receiver.message_ids) == 4
    assert statuses(engine, workspace) == ["given_up"]


def test_a_replay_since_a_moment_has_what_was_missed_while_disabled(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscription_id = subscribed(receiver)
    with workspace_session(engine, workspace) as session:
        row = get_subscription(session, subscription_id, lock=True)
        change(session, row, Changes(is_enabled=False), reach=REACH)
        began = now(session)
    ref = new_job(engine, workspace)
    move(engine, ref, JobMove.ingest, JobMove.cancel)
    assert statuses(engine, workspace) == []

    with workspace_session(engine, workspace) as session:
        row = get_subscription(session, subscription_id, lock=True)
        change(session, row, Changes(is_enabled=True), reach=REACH)
        assert replay(session, subscription_id, since=began) == 3
    while worker.deliver_one():
        pass

    assert receiver.kinds_of(ref.job_id) == ["job.created", "job.started", "job.cancelled"]


def test_after_a_rotation_receivers_verify_with_the_new_and_the_former_secret(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscription_id = subscribed(receiver)
    former = receiver.secret
    with workspace_session(engine, workspace) as session:
        _, secret = rotate_secret(session, subscription_id, key=KEY)
    for known in (former, secret.get_secret_value()):
        receiver.secret = known
        new_job(engine, workspace)
        worker.deliver_one()
    assert len(receiver.got) == 2

    with workspace_session(engine, workspace) as session:
        row = get_subscription(session, subscription_id, lock=True)
        row.former_until = now(session)
    receiver.secret = former
    new_job(engine, workspace)
    worker.deliver_one()

    assert len(receiver.got) == 2, "after a day the former secret signs no more"
    assert len(receiver.raw[-1][0]["webhook-signature"].split()) == 1


def test_a_subscription_that_is_deleted_while_it_is_told_leaves_nothing(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscription_id = subscribed(receiver)
    new_job(engine, workspace)
    receiver.takes_s = 0.5
    with working(worker):
        until(lambda: receiver.message_ids)
        began = time.monotonic()
        with workspace_session(engine, workspace) as session:
            unsubscribe(session, subscription_id)
        assert time.monotonic() - began < 0.4, "nobody waits for the receiver"

    assert deliveries(engine, workspace) == []
