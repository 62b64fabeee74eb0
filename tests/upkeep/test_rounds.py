"""What is kept and for how long, and that one process keeps up at a time."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from cliply.db.expiry import BATCH, KEPT
from cliply.db.models import User
from cliply.db.system import system_session
from cliply.domain.ids import UserId, WorkspaceId
from cliply.search.database import SearchPlace
from cliply.storage.objects import ObjectStore
from cliply.upkeep.retention import Keeping
from cliply.upkeep.rounds import Chore, Upkeep, chores, expire

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

Add = Callable[[Engine, WorkspaceId, timedelta], None]


def run(engine: Engine, statement: str, **values: object) -> None:
    with system_session(engine) as session:
        session.execute(text(statement), values)


def of_workspace(statement: str) -> Add:
    """A row that was made, or expired, so long ago."""

    def add(engine: Engine, workspace: WorkspaceId, age: timedelta) -> None:
        run(engine, statement, workspace=workspace, age=age, id=uuid4(), text=uuid4().hex)

    return add


def of_user(table: str, columns: str, values: str) -> Add:
    def add(engine: Engine, workspace: WorkspaceId, age: timedelta) -> None:
        user_id = UserId(uuid4())
        with system_session(engine) as session:
            session.add(User(id=user_id, email=f"{user_id.hex}@example.com", name=None))
        run(
            engine,
            f"insert into {table} (id, user_id, token_hash, expires_at, {columns})"
            f" values (:id, :user_id, :text, now() - :age, {values})",
            id=uuid4(), user_id=user_id, text=uuid4().hex, age=age,
        )  # fmt: skip

    return add


ADD: dict[str, Add] = {
    "idempotency_keys": of_workspace(
        "insert into idempotency_keys (workspace_id, actor, key, request_digest, created_at)"
        " values (:workspace, 'user:x', :text, '', now() - :age)"
    ),
    "audit_entries": of_workspace(
        "insert into audit_entries (workspace_id, action, resource_type, created_at)"
        " values (:workspace, 'job.create', 'job', now() - :age)"
    ),
    "invitations": of_workspace(
        "insert into invitations (id, workspace_id, email, role, token_hash, expires_at)"
        " values (:id, :workspace, :text || '@example.com', 'viewer', :text, now() - :age)"
    ),
    "rate_windows": of_workspace(
        "insert into rate_windows (key, hits, expires_at) values (:text, 1, now() - :age)"
    ),
    "webhook_events": of_workspace(
        "insert into webhook_events (workspace_id, message_id, kind, payload, created_at)"
        " values (:workspace, :id, 'job.completed', '{}', now() - :age)"
    ),
    "refresh_tokens": of_user("refresh_tokens", "family_id", "gen_random_uuid()"),
    "mailed_tokens": of_user("mailed_tokens", "purpose", "'verify'"),
}


def count(engine: Engine, table: str) -> int:
    with system_session(engine) as session:
        return session.scalar(text(f"select count(*) from {table}")) or 0


def test_every_table_that_expires_is_tried_here() -> None:
    assert ADD.keys() == KEPT.keys()


@pytest.mark.parametrize("table", sorted(KEPT))
def test_a_row_goes_when_its_time_is_over_and_not_before(
    system_engine: Engine, workspace: WorkspaceId, table: str
) -> None:
    expire(system_engine, table)
    before = count(system_engine, table)

    ADD[table](system_engine, workspace, KEPT[table] - HOUR)
    ADD[table](system_engine, workspace, KEPT[table] + HOUR)

    assert expire(system_engine, table) == 1
    assert count(system_engine, table) == before + 1


def test_an_event_stays_for_as_long_as_it_waits_to_be_delivered(
    system_engine: Engine, workspace: WorkspaceId
) -> None:
    expire(system_engine, "webhook_events")
    ADD["webhook_events"](system_engine, workspace, 40 * DAY)
    run(
        system_engine,
        "insert into webhook_subscriptions (id, workspace_id, url, events, secret)"
        " values (:id, :workspace, 'https://x', '[]', '')",
        id=(subscription := uuid4()), workspace=workspace,
    )  # fmt: skip
    run(
        system_engine,
        "insert into webhook_deliveries (id, workspace_id, subscription_id, event_id, status)"
        " select :id, :workspace, :subscription, id, 'waiting' from webhook_events"
        " where workspace_id = :workspace",
        id=uuid4(), workspace=workspace, subscription=subscription,
    )  # fmt: skip

    assert expire(system_engine, "webhook_events") == 0

    run(
        system_engine,
        "update webhook_deliveries set status = 'delivered' where workspace_id = :workspace",
        workspace=workspace,
    )
    assert expire(system_engine, "webhook_events") == 1


def test_more_rows_than_one_batch_are_all_deleted(system_engine: Engine) -> None:
    expire(system_engine, "rate_windows")
    run(
        system_engine,
        "insert into rate_windows select 'old' || n, 1, now() - interval '1 h'"
        " from generate_series(1, :count) n",
        count=BATCH + 7,
    )

    assert expire(system_engine, "rate_windows") == BATCH + 7


def test_two_processes_do_not_keep_up_at_once(system_engine: Engine) -> None:
    began, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        began.set()
        go_on.wait(20)

    done: list[str] = []
    first = Upkeep(system_engine, [Chore("wait", wait)])
    second = Upkeep(system_engine, [Chore("other", lambda: done.append("second"))])
    thread = threading.Thread(target=first.go_round)
    thread.start()
    began.wait(20)

    was_done = second.go_round()
    go_on.set()
    thread.join()

    assert not was_done
    assert done == []
    assert second.go_round()
    assert done == ["second"]


def test_a_chore_that_fails_is_logged_and_keeps_the_others_from_nothing(
    system_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def fail() -> None:
        raise RuntimeError("no disk")

    upkeep = Upkeep(system_engine, [Chore("bad", fail), Chore("good", lambda: done.append("x"))])

    with caplog.at_level(logging.ERROR):
        assert upkeep.go_round()

    assert done == ["x"]
    assert "bad failed" in caplog.text
    assert "no disk" in caplog.text


def test_a_rare_chore_is_left_out_until_it_is_due(system_engine: Engine) -> None:
    done: list[str] = []
    rare = Chore("rare", lambda: done.append("rare"), every_s=3600)
    often = replace(rare, name="often", do=lambda: done.append("often"), every_s=0)
    upkeep = Upkeep(system_engine, [rare, often])

    upkeep.go_round()
    upkeep.go_round()

    assert done == ["rare", "often", "often"]


def test_a_database_that_is_away_does_not_end_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    from sqlalchemy import create_engine

    nowhere = create_engine("postgresql+psycopg://cliply_system@/x?host=/nowhere")
    stop = threading.Event()
    thread = threading.Thread(
        target=Upkeep(nowhere, []).run, args=(stop,), kwargs={"every_s": 0.05}
    )
    with caplog.at_level(logging.ERROR):
        thread.start()
        threading.Event().wait(0.3)
        assert thread.is_alive()
        stop.set()
        thread.join(10)

    assert caplog.text.count("the round failed") >= 2


def test_all_chores_of_an_installation_work(
    system_engine: Engine, tmp_path: object, caplog: pytest.LogCaptureFixture
) -> None:
    store = ObjectStore(f"file://{tmp_path}/objects")

    with caplog.at_level(logging.INFO):
        every = chores(system_engine, store, SearchPlace(store.url), Keeping())
        assert Upkeep(system_engine, every).go_round()

    assert "failed" not in caplog.text
    assert caplog.text.count("upkeep: ") == len(every)
