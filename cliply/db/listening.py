"""One connection on which the database tells what happens."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy import URL

from cliply.errors import ErrorCode, Unavailable

NAME = "cliply listener"
"""As which it is seen in `pg_stat_activity`."""

KEPT_ALIVE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
"""Of a network that has gone it is known after a minute."""


class Told(NamedTuple):
    """A notification."""

    channel: str
    payload: str


@asynccontextmanager
async def listening(url: URL, channels: Sequence[str]) -> AsyncIterator[AsyncIterator[Told]]:
    """What is told on these channels from now on, for as long as the connection lasts.

    The iteration ends when the connection does. Raises Unavailable where there is none.
    """
    _, parameters = url.get_dialect()().create_connect_args(url)
    given = {**parameters, **KEPT_ALIVE, "application_name": NAME}
    try:
        connection = await psycopg.AsyncConnection.connect(**given, autocommit=True)
    except psycopg.Error as error:
        raise _lost(error) from error
    try:
        try:
            for channel in channels:
                await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        except psycopg.Error as error:
            raise _lost(error) from error
        yield _told(connection)
    finally:
        await asyncio.shield(connection.close())


async def _told(connection: psycopg.AsyncConnection[object]) -> AsyncIterator[Told]:
    try:
        async for notify in connection.notifies():
            yield Told(notify.channel, notify.payload)
    except psycopg.OperationalError as error:
        raise _lost(error) from error


def _lost(error: psycopg.Error) -> Unavailable:
    return Unavailable(
        ErrorCode.database_unavailable,
        f"The database does not tell what happens ({type(error).__name__}); try again.",
    )
