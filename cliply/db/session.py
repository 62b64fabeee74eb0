"""The tenant door: the only way to the rows of a workspace."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import URL, DateTime, Engine, create_engine, func, select, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from cliply.domain.ids import WorkspaceId
from cliply.errors import ErrorCode, Unavailable

PIN = text("select set_config('app.workspace_id', :workspace_id, true)")

CONNECT_TIMEOUT_S = 10
POOL_SIZE = 5
MAX_OVERFLOW = 15
"""A step reports on a connection of its own while its body may hold another."""


def create_app_engine(url: URL) -> Engine:
    """A pool of connections under the role of the URL. Nothing is connected yet.

    Connections are tested before use, so that a restarted server is not an error.
    """
    return create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=MAX_OVERFLOW,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "cliply"},
    )


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
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction, not pinned: under `cliply_app` it sees no row at all."""
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except (OperationalError, InterfaceError) as error:
        raise Unavailable(
            ErrorCode.database_unavailable,
            f"The database did not answer ({type(error.orig).__name__}). "
            "Try again; `cliply doctor` tells whether it runs.",
        ) from error


def now(session: Session) -> datetime:
    """The database's clock, which all processes share; it goes on within a transaction."""
    return session.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True)))).one()
