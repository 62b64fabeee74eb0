"""Whether the database answers, and whether its roles are as they should be."""

from sqlalchemy import Engine, text

from cliply.db.session import transaction
from cliply.db.urls import APP_ROLE
from cliply.errors import SettingsError

ONE = text("select 1")
BYPASSES = text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")


def check_database(engine: Engine) -> None:
    """Raises Unavailable when it does not answer."""
    with transaction(engine) as session:
        session.execute(ONE)


def check_app_role(engine: Engine) -> None:
    """Raises SettingsError for a role that row security holds nobody back from."""
    with transaction(engine) as session:
        if session.scalar(BYPASSES):
            raise SettingsError(
                f"The role of APP_DATABASE_URL would bypass row security; "
                f"run: alter role {APP_ROLE} nosuperuser nobypassrls."
            )
