"""Workspaces of a person: making, listing and deleting them."""

from uuid import uuid4, uuid5

from sqlalchemy import Engine

from cliply.db.audit_entries import add_audit_entry
from cliply.db.members import add_member
from cliply.db.models import AuditEntry, Workspace
from cliply.db.pages import PageOf, PageWish
from cliply.db.session import now
from cliply.db.system import system_session
from cliply.db.users import lock_user
from cliply.db.workspaces import (
    claim_workspace,
    close_workspace,
    count_owned,
    list_with_roles,
    list_workspaces_of,
    lock_workspaces,
)
from cliply.domain.access import Role
from cliply.domain.ids import UserId, WorkspaceId
from cliply.errors import Conflict, ErrorCode, NotAuthenticated, NotFound
from cliply.identity.names import normalise_name

MAX_OWNED = 100
"""Limits are counted by workspace; somebody with any number of them would have none."""


def claim_own_workspace(system: Engine, user_id: UserId, name: str, key: str | None) -> WorkspaceId:
    """Make a workspace with the user as its owner; with the same `key` it is made once.

    Raises InvalidInput (NAME_INVALID), Conflict, and NotAuthenticated when the account is gone.
    """
    proper = normalise_name(name)
    workspace_id = WorkspaceId(uuid4() if key is None else uuid5(user_id, key))
    with system_session(system) as session:
        if lock_user(session, user_id) is None:
            raise NotAuthenticated("This account was removed.", ErrorCode.token_invalid)
        owned = count_owned(session, user_id)
        if claim_workspace(session, workspace_id, proper):
            if owned >= MAX_OWNED:
                raise Conflict(f"You own {MAX_OWNED} workspaces; delete one of them first.")
            add_member(session, workspace_id, user_id, Role.owner)
    return workspace_id


def list_own_workspaces(
    system: Engine, user_id: UserId, wish: PageWish
) -> tuple[PageOf[Workspace], dict[WorkspaceId, Role], int]:
    """A page of the workspaces that a user belongs to, the roles there, and how many."""
    with system_session(system) as session:
        page, total = list_workspaces_of(session, user_id, wish)
        roles = {workspace.id: role for workspace, role in list_with_roles(session, user_id)}
        return page, roles, total


def delete_workspace(system: Engine, workspace_id: WorkspaceId, entry: AuditEntry) -> None:
    """Let nobody in any more: its members, tokens and invitations are gone with this.

    `entry` is what the audit log keeps. Raises NotFound.
    """
    with system_session(system) as session:
        found = lock_workspaces(session, [workspace_id])
        if not found:
            raise NotFound(f"There is no workspace {workspace_id} that you belong to.")
        close_workspace(session, found[0], now(session))
        add_audit_entry(session, entry)
