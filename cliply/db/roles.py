"""The roles that the application logs in as."""

from sqlalchemy import URL, Connection, text

from cliply.db.urls import APP_ROLE, SYSTEM_ROLE, DatabaseUrls
from cliply.errors import SettingsError

ROLES = text(
    "select rolname, rolsuper, rolbypassrls from pg_roles where rolname in (:app, :system)"
)


def ensure_roles(connection: Connection, urls: DatabaseUrls) -> None:
    """Create the roles that are missing, with the passwords of their URLs.

    Raises SettingsError when a role that is there has the wrong rights: under a superuser
    row security holds nobody back, and says nothing.
    """
    rows = connection.execute(ROLES, {"app": APP_ROLE, "system": SYSTEM_ROLE})
    found = {name: (is_super, bypasses) for name, is_super, bypasses in rows}
    if APP_ROLE not in found:
        _create(connection, urls.app, "nosuperuser nobypassrls")
    elif any(found[APP_ROLE]):
        raise SettingsError(
            f"The role {APP_ROLE} would bypass row security; "
            f"run: alter role {APP_ROLE} nosuperuser nobypassrls."
        )
    if SYSTEM_ROLE not in found:
        _create(connection, urls.system, "nosuperuser bypassrls")
    elif not any(found[SYSTEM_ROLE]):
        raise SettingsError(
            f"The role {SYSTEM_ROLE} sees no workspace; run: alter role {SYSTEM_ROLE} bypassrls."
        )


def _create(connection: Connection, url: URL, rights: str) -> None:
    """`create role` takes no parameters, so the server quotes the password."""
    quoted = connection.scalar(text("select quote_literal(:password)"), {"password": url.password})
    statement = f"create role {url.username} login {rights} password {quoted}"
    connection.exec_driver_sql(statement.replace("%", "%%"))
