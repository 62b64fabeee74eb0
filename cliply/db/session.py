"""The tenant door: the only way to the rows of a workspace."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import (
    URL,
    Connection,
    DateTime,
    Engine,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from cliply.domain.access import Role
from cliply.domain.ids import UserId, WorkspaceId
from cliply.errors import ErrorCode, Unavailable

PIN = text("select set_config('app.workspace_id', :workspace_id, true)")

ENTER = (
    "select case when set_config('app.workspace_id', %(workspace_id)s, true) is not null"
    " then (select role from members where user_id = %(user_id)s) end"
)
"""Pins, and then looks the member up: `case` does the one before the other.

As the driver takes it: it is a part of every request.
"""

CONNECT_TIMEOUT_S = 10
POOL_SIZE = 5
MAX_OVERFLOW = 15
"""A step reports on a connection of its own while its body may hold another."""


def create_app_engine(url: URL, *, pool_size: int = POOL_SIZE, trusted_s: float = 0.0) -> Engine:
    """A pool of connections under the role of the URL. Nothing is connected yet.

    Connections are tested before use, so that a restarted server is not an error. Those
    that were used within `trusted_s` are not, which saves a busy server a round trip.
    Errors do not show the values of their statement: some are hashes of secrets.
    """
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=max(0, POOL_SIZE + MAX_OVERFLOW - pool_size),
        pool_pre_ping=not trusted_s,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "cliply"},
    )
    if trusted_s:
        _test_idle(engine, trusted_s)
    return engine


def _test_idle(engine: Engine, trusted_s: float) -> None:
    """Test a connection when it is taken, unless it was given back a moment ago."""

    @event.listens_for(engine, "checkin")
    def given_back(_: object, record: ConnectionPoolEntry) -> None:
        record.info["given_back"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def taken(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        given_back = record.info.get("given_back")
        if given_back is None or time.monotonic() - given_back < trusted_s:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


@contextmanager
def workspace_session(engine: Engine, workspace_id: WorkspaceId) -> Iterator[Session]:
    """One transaction pinned to one workspace; row security does the rest.

    The pin ends with the transaction, so a pooled connection never carries it on.
    Raises Unavailable when the database does not answer.
    """
    with transaction(engine) as session:
        session.execute(PIN, {"workspace_id": str(workspace_id)})
        yield session


@contextmanager
def member_session(
    engine: Engine, workspace_id: WorkspaceId, user_id: UserId
) -> Iterator[tuple[Session, Role | None]]:
    """The same, with what the user is in that workspace; None for those outside it."""
    with transaction(engine) as session:
        yield session, _entered(session.connection(), workspace_id, user_id)


@contextmanager
def member_connection(
    engine: Engine, workspace_id: WorkspaceId, user_id: UserId
) -> Iterator[tuple[Connection, Role | None]]:
    """The same for a read: without a session, which takes longer than many queries do."""
    with reading(engine) as connection:
        yield connection, _entered(connection, workspace_id, user_id)


def _entered(connection: Connection, workspace_id: WorkspaceId, user_id: UserId) -> Role | None:
    who = {"workspace_id": str(workspace_id), "user_id": user_id}
    role = connection.exec_driver_sql(ENTER, who).scalar()
    return None if role is None else Role(role)


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction, not pinned: under `cliply_app` it sees no row at all."""
    with _answering(), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """The same for reads: a bare connection, in a transaction all the same."""
    with _answering(), engine.begin() as connection:
        yield connection


@contextmanager
def session_within(connection: Connection) -> Iterator[Session]:
    """A session in the transaction of a connection, which ends when that does."""
    with Session(connection, expire_on_commit=False) as session:
        yield session
        session.flush()


@contextmanager
def _answering() -> Iterator[None]:
    """Raises Unavailable when the database does not answer."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        cause = error if isinstance(error, PoolTimeout) else error.orig
        raise Unavailable(
            ErrorCode.database_unavailable,
            f"The database did not answer ({type(cause).__name__}). "
            "Try again; `cliply doctor` tells whether it runs.",
        ) from error


def now(session: Session) -> datetime:
    """The database's clock, which all processes share; it goes on within a transaction."""
    return session.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True)))).one()
