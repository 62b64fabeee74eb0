import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx
from sqlalchemy import Engine, select

from cliply.db.models import WebhookEvent
from cliply.db.session import workspace_session
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.domain.webhooks import EventKind
from cliply.services.outbox import tell
from cliply.webhooks.subscriptions import (
    send_test,
)
from cliply.webhooks.worker import Worker
from tests.rows import new_job
from tests.webhooks.conftest import KEY
from tests.webhooks.receivers import Receiver, receiving
from tests.webhooks.working import (
    QUICK,
    Subscribed,
    move,
    statuses,
    until,
    working,
)

PROJECT = Path(__file__).resolve().parents[2]

WORKING = """
import sys, threading
from pydantic import SecretStr
from sqlalchemy import make_url
from cliply.db.session import create_app_engine
from cliply.outbound.addresses import Reach, read_networks
from cliply.outbound.client import create_client
from cliply.webhooks.worker import Pace, Worker

engine = create_app_engine(make_url(sys.stdin.readline().strip()))
key = SecretStr(sys.stdin.readline().strip())
client = create_client(Reach(read_networks(["127.0.0.0/8"])))
pace = Pace(schedule_s=(0.05,) * 9, poll_s=0.02, lease_s=1.0)
Worker(engine, client, key, pace).run(threading.Event())
"""


def test_a_receiver_that_was_down_gets_everything_afterwards_in_order(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscribed(receiver)
    receiver.status = 503
    refs = [new_job(engine, workspace) for _ in range(4)]
    patient = replace(worker, pace=replace(QUICK, schedule_s=(0.05,) * 200))
    with working(patient, replace(patient)):
        for ref in refs:
            move(engine, ref, JobMove.ingest, JobMove.fail)
        until(lambda: len(set(receiver.message_ids)) == 4)
        time.sleep(0.1)
        assert len(set(receiver.message_ids)) == 4, "a later event of a job waits for the earlier"
        assert receiver.got == []
        receiver.status = 200
        until(lambda: len(receiver.got) == 12)

    for ref in refs:
        assert receiver.kinds_of(ref.job_id) == ["job.created", "job.started", "job.failed"]
    assert len(set(receiver.message_ids)) == 12, "all tries of an event carry the same id"
    assert len(receiver.message_ids) > 12


def test_two_workers_never_send_the_same_twice(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscribed(receiver)
    receiver.takes_s = 0.01
    for _ in range(20):
        new_job(engine, workspace)

    with working(worker, replace(worker)):
        until(lambda: len(receiver.got) >= 20)
        time.sleep(0.1)

    assert len(receiver.message_ids) == len(set(receiver.message_ids)) == 20


def test_events_without_a_job_do_not_wait_for_each_other(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    subscription_id = subscribed(receiver)
    with workspace_session(engine, workspace) as session:
        send_test(session, subscription_id)
        send_test(session, subscription_id)
    receiver.takes_s = 0.2

    with working(worker):
        until(lambda: len(receiver.got) == 2)

    assert receiver.most_at_once == 2
    assert [one["type"] for one in receiver.got] == ["webhook.test"] * 2


def test_one_slow_receiver_does_not_hold_up_the_others(
    engine: Engine,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    worker: Worker,
) -> None:
    receiver.takes_s = 0.5
    slow_id = subscribed(receiver)
    with receiving() as quick:
        quick_id = subscribed(quick)
        with workspace_session(engine, workspace) as session:
            for _ in range(3):
                send_test(session, slow_id)
            send_test(session, quick_id)
        with working(replace(worker, pace=replace(QUICK, at_once=3))):
            until(lambda: quick.got)
            assert receiver.got == []

    assert receiver.most_at_once == QUICK.at_once_for_one


def test_what_is_told_at_once_is_delivered_in_the_order_of_its_commits(
    engine: Engine, workspace: WorkspaceId, receiver: Receiver, subscribed: Subscribed
) -> None:
    """The event that is written first is not overtaken by one that commits before it."""
    subscribed(receiver)
    ref = new_job(engine, workspace)
    is_written, told = threading.Event(), []

    def tell_later() -> None:
        is_written.wait(5)
        with workspace_session(engine, workspace) as session:
            tell(session, workspace, EventKind.clip_updated, {"n": 2}, ref.job_id)
        told.append("second")

    thread = threading.Thread(target=tell_later)
    thread.start()
    with workspace_session(engine, workspace) as session:
        tell(session, workspace, EventKind.clip_updated, {"n": 1}, ref.job_id)
        is_written.set()
        time.sleep(0.2)
        told.append("first")
    thread.join()

    assert told == ["first", "second"]
    with workspace_session(engine, workspace) as session:
        rows = session.scalars(select(WebhookEvent).order_by(WebhookEvent.id)).all()
    assert [row.payload.get("n") for row in rows] == [None, 1, 2]


def test_a_worker_that_is_killed_while_it_sends_loses_nothing(
    engine: Engine,
    database: DatabaseUrls,
    workspace: WorkspaceId,
    receiver: Receiver,
    subscribed: Subscribed,
    system_engine: Engine,
    client: httpx.Client,
) -> None:
    subscribed(receiver)
    ref = new_job(engine, workspace)
    move(engine, ref, JobMove.ingest, JobMove.fail)
    receiver.takes_s = 0.5
    process = subprocess.Popen(
        [sys.executable, "-c", WORKING], stdin=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert process.stdin is not None
    url = database.system.render_as_string(hide_password=False)
    process.stdin.write(f"{url}\n{KEY.get_secret_value()}\n")
    process.stdin.close()
    until(lambda: receiver.message_ids)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert statuses(engine, workspace) == ["waiting"] * 3
    receiver.takes_s = 0.0

    with working(Worker(system_engine, client, KEY, QUICK)):
        until(lambda: statuses(engine, workspace) == ["delivered"] * 3)

    told = receiver.kinds_of(ref.job_id)
    assert told[-3:] == ["job.created", "job.started", "job.failed"]
    assert len(set(receiver.message_ids)) == 3, "at least once, under the same id"
