"""Who may see which rows, as SQL for migrations.

Migrations call these functions, so a change here needs a migration that applies it.
"""

from cliply.db.urls import APP_ROLE, SYSTEM_ROLE

SHARED = {
    "workspaces": "cliply_app has no privilege on it; foreign keys are checked as the owner",
    "users": "cliply_app has no privilege on it; sign-in goes through cliply_system",
    "alembic_version": "neither cliply_app nor cliply_system has a privilege on it",
}
"""Tables without row security, and what protects each of them instead."""

PIN_MATCHES = "workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid"
"""False for every row when nothing is pinned, also after a pin has ended (it leaves '')."""


def protect(table: str) -> tuple[str, ...]:
    """Row security for a table with `workspace_id`; FORCE holds its owner to it as well."""
    return (
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy {table}_of_workspace on {table} "
        f"using ({PIN_MATCHES}) with check ({PIN_MATCHES})",
        f"grant select, insert, update, delete on {table} to {APP_ROLE}, {SYSTEM_ROLE}",
    )


def share(table: str) -> tuple[str, ...]:
    """A table of `SHARED` for `cliply_system`: out of the reach of `cliply_app`."""
    return (f"grant select, insert, update, delete on {table} to {SYSTEM_ROLE}",)


def open_schema() -> tuple[str, ...]:
    """Both roles get into the schema, where only `cliply_system` gets new tables by default.

    A table that a migration forgets to protect is then closed to tenants, not open.
    """
    return (
        "revoke create on schema public from public",
        f"grant usage on schema public to {APP_ROLE}, {SYSTEM_ROLE}",
        "alter default privileges in schema public "
        f"grant select, insert, update, delete on tables to {SYSTEM_ROLE}",
    )
