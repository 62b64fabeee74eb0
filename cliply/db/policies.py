"""Who may see which rows, as SQL for migrations.

Migrations call these functions, so a change here needs a migration that applies it.
"""

from cliply.db.urls import APP_ROLE, SYSTEM_ROLE

SHARED = {
    "alembic_version": "neither cliply_app nor cliply_system has a privilege on it",
    "refresh_tokens": "cliply_app has no privilege on it; sign-in goes through cliply_system",
    "mailed_tokens": "cliply_app has no privilege on it; sign-in goes through cliply_system",
    "rate_windows": "cliply_app has no privilege on it; limits are kept by cliply_system",
}
"""Tables without row security, and what protects each of them instead."""

NARROWED = {
    "workspaces": "cliply_app sees the pinned one and may rename it",
    "users": "cliply_app sees members of the pinned workspace, and no password's hash",
    "row_counts": "cliply_app sees those of the pinned workspace; a trigger writes as the owner",
}
"""Tables whose owner is not held to row security, and what `cliply_app` may do there."""

PIN_MATCHES = "workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid"
"""False for every row when nothing is pinned, also after a pin has ended (it leaves '')."""

OF_PINNED = PIN_MATCHES.removeprefix("workspace_")
"""The same for the table of workspaces."""

OF_MEMBERS = "exists (select from members where members.user_id = users.id)"
"""Members are themselves narrowed to the pinned workspace."""


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
