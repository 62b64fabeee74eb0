"""Locks hold within one workspace and purpose until the transaction ends."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from cliply.db.locks import hold_workspace
from cliply.db.session import workspace_session
from cliply.domain.ids import WorkspaceId

LONG_S = 30


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as threads:
        yield threads


def test_the_same_purpose_waits_for_the_end_of_the_transaction(
    engine: Engine, pool: ThreadPoolExecutor
) -> None:
    one, other = WorkspaceId(uuid4()), WorkspaceId(uuid4())

    def hold(workspace_id: WorkspaceId, purpose: str) -> None:
        with workspace_session(engine, workspace_id) as session:
            hold_workspace(session, workspace_id, purpose)

    def held(future: Future[None], within_s: float) -> bool:
        return future in wait([future], within_s).done

    with workspace_session(engine, one) as session:
        hold_workspace(session, one, "tables")
        same = pool.submit(hold, one, "tables")

        assert held(pool.submit(hold, one, "something else"), LONG_S)
        assert held(pool.submit(hold, other, "tables"), LONG_S)
        assert not held(same, 0.3)

    assert held(same, LONG_S)
