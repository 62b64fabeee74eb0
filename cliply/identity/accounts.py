"""Accounts: registering, who one is, and leaving for good."""

from dataclasses import dataclass
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db.audit_entries import add_audit_entry
from cliply.db.members import add_member, list_memberships, list_owned_alone
from cliply.db.models import User, Workspace
from cliply.db.models.mailed_tokens import MailPurpose
from cliply.db.session import now
from cliply.db.system import system_connection, system_session
from cliply.db.users import add_user, delete_user, find_user, lock_user
from cliply.db.workspaces import (
    add_workspace,
    close_workspace,
    list_with_roles,
    lock_workspaces,
)
from cliply.domain.access import Role
from cliply.domain.ids import UserId, WorkspaceId
from cliply.errors import Conflict, ErrorCode, NotAllowed, NotAuthenticated
from cliply.identity.access_tokens import AccessTokens
from cliply.identity.emails import normalise_email
from cliply.identity.invitations import join, open_invitation
from cliply.identity.names import normalise_name
from cliply.identity.origins import Origin
from cliply.identity.passwords import hash_password, verify_password
from cliply.identity.recovery import make_mailed_token
from cliply.identity.sign_in import Tokens, issue_tokens

MAX_OWN_NAME = 180
"""Of the part of a person's name that names their first workspace."""


@dataclass(frozen=True)
class Registration:
    """What somebody gives to make an account."""

    email: str
    password: SecretStr
    name: str | None = None
    invitation: str | None = None
    """The token of an invitation to the same address, which is accepted with this."""


@dataclass(frozen=True)
class Registered:
    """A new account."""

    user: User
    workspace: Workspace
    tokens: Tokens
    verification: str | None
    """What is to be mailed; None when the invitation has shown whose address it is."""


def register(
    system: Engine,
    access_tokens: AccessTokens,
    wish: Registration,
    origin: Origin,
    *,
    needs_invitation: bool,
) -> Registered:
    """An account with a workspace of its own, signed in.

    Raises InvalidInput (EMAIL_INVALID, PASSWORD_WEAK, NAME_INVALID), Conflict (EMAIL_TAKEN) and
    NotAllowed (INVITATION_INVALID); then nothing is left behind.
    """
    email = normalise_email(wish.email)
    name = None if wish.name is None else normalise_name(wish.name)
    password_hash = hash_password(wish.password, email, email.partition("@")[0], name)
    if needs_invitation and wish.invitation is None:
        raise NotAllowed(
            "Only who is invited may make an account here; give the `invitation` of your mail.",
            ErrorCode.invitation_invalid,
        )
    with system_session(system) as session:
        user = _added(session, email, name, password_hash)
        workspace = open_own_workspace(session, user, origin)
        is_shown = wish.invitation is not None and _joined(session, wish.invitation, user, origin)
        tokens = issue_tokens(session, access_tokens, user.id, uuid4(), origin)
        mailed = None if is_shown else make_mailed_token(session, user.id, MailPurpose.verify)
        return Registered(user, workspace, tokens, mailed)


def _added(session: Session, email: str, name: str | None, password_hash: str) -> User:
    user = add_user(session, UserId(uuid4()), email, name, password_hash)
    if user is None:
        raise Conflict(
            "There is an account with this e-mail address; sign in, or choose a new password.",
            ErrorCode.email_taken,
        )
    return user


def _joined(session: Session, token: str, user: User, origin: Origin) -> bool:
    join(session, open_invitation(session, token, user), user, origin)
    user.verified_at = now(session)
    session.flush()
    return True


def open_own_workspace(session: Session, user: User, origin: Origin) -> Workspace:
    """A person's first workspace."""
    owner = user.name or user.email.partition("@")[0]
    workspace = add_workspace(session, WorkspaceId(uuid4()), owner[:MAX_OWN_NAME])
    add_member(session, workspace.id, user.id, Role.owner)
    entry = origin.entry(workspace.id, user.id, "workspace.create", "workspace", workspace.id)
    add_audit_entry(session, entry)
    return workspace


def get_account(system: Engine, user_id: UserId) -> tuple[User, list[tuple[Workspace, Role]]]:
    """A user with their workspaces and roles, oldest first.

    Raises NotAuthenticated (TOKEN_INVALID) for an account that is gone: its access tokens
    outlive it by some minutes.
    """
    with system_connection(system) as connection:
        user = find_user(connection, user_id)
        if user is None:
            raise gone()
        return user, list_with_roles(connection, user_id)


def gone() -> NotAuthenticated:
    """For tokens of an account that is no more."""
    return NotAuthenticated("This account was removed.", ErrorCode.token_invalid)


def close_account(system: Engine, user_id: UserId, password: SecretStr, origin: Origin) -> None:
    """Remove a user, and the workspaces that nobody else belongs to.

    Raises NotAllowed (CREDENTIALS_WRONG), Conflict (LAST_OWNER) while they are the only owner
    of a workspace that others belong to, and NotAuthenticated as `get_account` does.
    """
    with system_session(system) as session:
        user = lock_user(session, user_id)
        if user is None:
            raise gone()
        if not verify_password(user.password_hash, password):
            raise NotAllowed("The password is wrong; try again.", ErrorCode.credentials_wrong)
        ids = [member.workspace_id for member in list_memberships(session, user_id)]
        workspaces = {workspace.id: workspace for workspace in lock_workspaces(session, ids)}
        ended = _owned_by_nobody_else(session, user_id)
        for workspace_id, workspace in workspaces.items():
            left = origin.entry(workspace_id, user_id, "member.leave", "member", user_id)
            add_audit_entry(session, left)
            if workspace_id in ended:
                close_workspace(session, workspace, now(session))
        delete_user(session, user_id)


def _owned_by_nobody_else(session: Session, user_id: UserId) -> set[WorkspaceId]:
    """Workspaces that end with the user. Raises Conflict (LAST_OWNER)."""
    owned = list_owned_alone(session, user_id)
    orphaned = [workspace_id for workspace_id, has_others in owned if has_others]
    if orphaned:
        raise Conflict(
            f"You are the only owner of the workspace {orphaned[0]}; make another member its "
            "owner, or delete it, first.",
            ErrorCode.last_owner,
        )
    return {workspace_id for workspace_id, _ in owned}
