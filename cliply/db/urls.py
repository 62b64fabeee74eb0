"""How the roles of one database are reached."""

from dataclasses import dataclass
from typing import Self

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from cliply.errors import SettingsError

APP_ROLE = "cliply_app"
SYSTEM_ROLE = "cliply_system"
DAGSTER_SCHEMA = "dagster"

DRIVER = "postgresql+psycopg"
DAGSTER_DRIVER = "postgresql+psycopg2"
"""Dagster's NOTIFY statement is a syntax error under psycopg 3."""


@dataclass(frozen=True)
class DatabaseUrls:
    """One database as seen by each role. Neither `repr` nor `str` shows a password."""

    owner: URL
    """Owns the tables: migrations only."""
    app: URL
    """`cliply_app`, under row security."""
    system: URL
    """`cliply_system`, which sees every workspace."""

    @classmethod
    def parse(cls, owner: str, app: str, system: str) -> Self:
        """An external Postgres, as its operator wrote it down.

        Raises SettingsError that names the variable and never shows its content.
        """
        return cls(
            owner=_parsed("DATABASE_URL", owner),
            app=_with_role("APP_DATABASE_URL", app, APP_ROLE),
            system=_with_role("SYSTEM_DATABASE_URL", system, SYSTEM_ROLE),
        )

    @property
    def dagster(self) -> URL:
        """The owner's URL for Dagster's storage, whose tables live in their own schema."""
        given = self.owner.query.get("options", "")
        options = given if isinstance(given, str) else " ".join(given)
        search_path = f"{options} -csearch_path={DAGSTER_SCHEMA}".strip()
        return self.owner.set(drivername=DAGSTER_DRIVER).update_query_dict({"options": search_path})


def parse_listen_url(text: str) -> URL:
    """Where notifications are heard. Raises SettingsError like `DatabaseUrls.parse`."""
    return _with_role("LISTEN_URL", text, APP_ROLE)


def _parsed(variable: str, text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError(
            f"{variable} is not the URL of a Postgres database; "
            "write it as postgresql://user:password@host:5432/database."
        )
    return url.set(drivername=DRIVER)


def _with_role(variable: str, text: str, role: str) -> URL:
    url = _parsed(variable, text)
    if url.username != role or not url.password:
        raise SettingsError(f"{variable} must log in as the role {role} with a password.")
    return url
