"""How Alembic reaches the database."""

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.pool import NullPool

from cliply.db.models import Row
from cliply.db.urls import DRIVER


def main() -> None:
    """Use the connection handed over by the caller, or the URL given with `-x`."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    url = context.get_x_argument(as_dictionary=True).get("url")
    if not url:
        raise CommandError(
            "Give the owner's URL: alembic -x url=postgresql://owner:password@host/database …"
        )
    engine = create_engine(make_url(url).set(drivername=DRIVER), poolclass=NullPool)
    with engine.begin() as opened:
        run(opened)


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Row.metadata)
    with context.begin_transaction():
        context.run_migrations()


main()
