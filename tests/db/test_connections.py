"""Pooled connections: replaced unseen when they died, and silent about what they carried."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from cliply.db.session import create_app_engine, transaction
from cliply.db.urls import DatabaseUrls
from cliply.errors import Unavailable

TRUSTED_S = 0.3
PID = text("select pg_backend_pid()")


@pytest.fixture
def trusting(database: DatabaseUrls) -> Iterator[Engine]:
    opened = create_app_engine(database.app, trusted_s=TRUSTED_S)
    yield opened
    opened.dispose()


def end_connection(trusting: Engine, engine: Engine) -> None:
    """End the connection that was used last, from another one of the same role."""
    with transaction(trusting) as session:
        pid = session.scalar(PID)
    with transaction(engine) as session:
        session.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def test_a_connection_that_rested_is_tested_and_replaced(trusting: Engine, engine: Engine) -> None:
    end_connection(trusting, engine)
    time.sleep(TRUSTED_S)
    with transaction(trusting) as session:
        assert session.scalar(PID)


def test_one_that_was_good_a_moment_ago_fails_as_unavailable_and_only_once(
    trusting: Engine, engine: Engine
) -> None:
    end_connection(trusting, engine)
    with pytest.raises(Unavailable), transaction(trusting) as session:
        session.scalar(PID)
    with transaction(trusting) as session:
        assert session.scalar(PID)


def test_an_error_does_not_tell_the_values_of_its_statement(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as failed:
        connection.execute(text("select cast(:secret as integer) / 0"), {"secret": 418_418})
    assert "418418" not in str(failed.value)
