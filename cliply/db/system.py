"""The door to every workspace at once, for sensors and webhooks."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from cliply.db.session import reading, transaction
from cliply.db.urls import SYSTEM_ROLE


@contextmanager
def system_session(engine: Engine) -> Iterator[Session]:
    """One transaction that row security does not narrow.

    The engine logs in as `cliply_system`; another role would silently see nothing, so it
    is refused with ValueError. Raises Unavailable when the database does not answer.
    """
    _check(engine)
    with transaction(engine) as session:
        yield session


@contextmanager
def system_connection(engine: Engine) -> Iterator[Connection]:
    """The same for a read: without a session, which takes longer than many queries do."""
    _check(engine)
    with reading(engine) as connection:
        yield connection


def _check(engine: Engine) -> None:
    if engine.url.username != SYSTEM_ROLE:
        raise ValueError(f"a system session needs an engine of {SYSTEM_ROLE}")
