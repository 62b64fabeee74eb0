"""Brings a database to the schema of this code, in process and without a word."""

import importlib.util
from pathlib import Path

from sqlalchemy import Connection, Text, create_engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from cliply.db.roles import ensure_roles
from cliply.db.urls import DAGSTER_SCHEMA, DatabaseUrls
from cliply.errors import ErrorCode, SettingsError, Unavailable

HEAD = "0006"
"""The newest migration. Knowing it spares an up-to-date start the import of Alembic."""

LOCK = text("select pg_advisory_xact_lock(7235419)")
"""Any number that nobody else in this database locks."""

REVISION = text("select version_num from alembic_version").columns(version_num=Text)


def upgrade(urls: DatabaseUrls) -> None:
    """Roles, schemas and tables as this code needs them; two processes at once are fine.

    Takes 20 ms when there is nothing to do. All of it is one transaction. Raises
    Unavailable when the database does not answer, SettingsError when it is newer than
    this code or its roles have the wrong rights.
    """
    engine = create_engine(urls.owner, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.execute(LOCK)
            ensure_roles(connection, urls)
            if find_revision(connection) != HEAD:
                _migrate(connection)
    except OperationalError as error:
        raise Unavailable(
            ErrorCode.database_unavailable,
            f"The database did not let its owner in: {str(error.orig).strip()}. "
            "Check DATABASE_URL and that the server runs.",
        ) from error


def find_revision(connection: Connection) -> str | None:
    """The migration that the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(REVISION).scalar()


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    connection.execute(text(f"create schema if not exists {DAGSTER_SCHEMA}"))
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except CommandError as error:
        raise SettingsError(
            f"The database does not fit this version of Cliply: {error}. "
            "Install the version that was used last, or a newer one."
        ) from error


def migrations_folder() -> Path:
    """Where the migration scripts are, in a checkout and in an installed package."""
    found = importlib.util.find_spec("migrations")
    if found is None or not found.submodule_search_locations:
        raise SettingsError("The package `migrations` is missing; install Cliply again.")
    return Path(found.submodule_search_locations[0])
