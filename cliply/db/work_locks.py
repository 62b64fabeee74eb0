"""Who works on what: locks that last as long as their holder and its connection."""

import hashlib
from collections.abc import Collection
from contextlib import suppress

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DBAPIError, TimeoutError

from cliply.errors import ErrorCode, Unavailable

HELD = text(
    "select (classid::bigint << 32) | objid::bigint from pg_locks"
    " where locktype = 'advisory' and objsubid = 1 and granted and database ="
    " (select oid from pg_database where datname = current_database())"
)

ERRORS = (DBAPIError, TimeoutError)


class WorkLock:
    """One piece of work, which at most one process holds.

    It is held by an open transaction, so that it also works through a pooler of
    transactions; it takes no snapshot and no number, and holds up no vacuum.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._key = _key_of(name)
        self._connection: Connection | None = None

    def try_to_take(self) -> bool:
        """False when somebody else holds it. Raises Unavailable."""
        try:
            connection = self._engine.connect()
            try:
                is_mine = bool(connection.scalar(select(func.pg_try_advisory_xact_lock(self._key))))
            except BaseException:
                connection.close()
                raise
        except ERRORS as error:
            raise _gone() from error
        if is_mine:
            self._connection = connection
        else:
            connection.close()
        return is_mine

    def keep(self) -> bool:
        """Test the connection, and take the lock again where it was lost.

        False when somebody else has it by now. Raises Unavailable; to be called again then.
        """
        if self._connection is not None:
            try:
                self._connection.scalar(select(1))
                return True
            except ERRORS:
                self.release()
        return self.try_to_take()

    def release(self) -> None:
        """Let others have it; also after the connection was lost."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*ERRORS):
                connection.close()


def list_held(engine: Engine, names: Collection[str]) -> set[str]:
    """Those of the names that somebody holds. Raises Unavailable."""
    try:
        with engine.connect() as connection:
            keys = set(connection.scalars(HELD))
    except ERRORS as error:
        raise _gone() from error
    return {name for name in names if _key_of(name) in keys}


def _key_of(name: str) -> int:
    digest = hashlib.blake2b(f"work {name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _gone() -> Unavailable:
    return Unavailable(ErrorCode.database_unavailable, "The database did not answer; try again.")
