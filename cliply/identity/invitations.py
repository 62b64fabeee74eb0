"""Invitations: a mail to an address, which lets its owner in as what it says."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db.audit_entries import add_audit_entry
from cliply.db.invitations import (
    add_invitation,
    delete_invitation,
    find_invitation,
    find_waiting,
    find_waiting_by_id,
    lock_invitation,
)
from cliply.db.members import add_member, find_membership, has_member
from cliply.db.models import Invitation, Member, User, Workspace
from cliply.db.session import now
from cliply.db.system import system_session
from cliply.db.users import lock_user
from cliply.db.workspaces import lock_pinned, lock_workspaces
from cliply.domain.access import Role
from cliply.domain.ids import InvitationId, UserId
from cliply.errors import Conflict, ErrorCode, NotAllowed, NotAuthenticated, NotFound
from cliply.identity.callers import hash_token
from cliply.identity.emails import normalise_email
from cliply.identity.members import get_own, refuse_rank
from cliply.identity.origins import Origin

LIFETIME = timedelta(days=7)
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Invited:
    """An invitation with what its mail carries, which is nowhere else."""

    invitation: Invitation
    token: str
    workspace: Workspace


def invite(session: Session, actor_id: UserId, email: str, role: Role) -> Invited:
    """Invite an address to the pinned workspace; takes the place of an earlier invitation.

    Raises InvalidInput (EMAIL_INVALID), Conflict (MEMBER_EXISTS), and NotAllowed for a role that
    the actor may not give.
    """
    address = normalise_email(email)
    workspace = lock_pinned(session)
    actor = get_own(session, actor_id)
    refuse_rank(actor, role)
    if has_member(session, address):
        raise Conflict(
            "Somebody of this address is a member already; change their role instead.",
            ErrorCode.member_exists,
        )
    _withdraw(session, actor, find_waiting(session, address))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = add_invitation(
        session,
        workspace.id,
        address,
        role,
        hash_token(token),
        actor_id,
        now(session) + LIFETIME,
    )
    return Invited(row, token, workspace)


def revoke_invitation(session: Session, actor_id: UserId, invitation_id: InvitationId) -> None:
    """Raises NotFound, and NotAllowed for a role that the actor may not take away."""
    lock_pinned(session)
    row = find_waiting_by_id(session, invitation_id)
    if row is None:
        raise NotFound(f"There is no invitation {invitation_id} that waits.")
    _withdraw(session, get_own(session, actor_id), row)


def _withdraw(session: Session, actor: Member, row: Invitation | None) -> None:
    if row is not None:
        refuse_rank(actor, row.role)
        delete_invitation(session, row.id)


def accept_invitation(
    system: Engine, user_id: UserId, token: str, origin: Origin
) -> tuple[Workspace, Role]:
    """Let the user in. Doing it again answers the same.

    Raises NotAllowed (INVITATION_INVALID), Conflict (MEMBER_EXISTS), and NotAuthenticated when
    the account is gone.
    """
    with system_session(system) as session:
        user = lock_user(session, user_id)
        if user is None:
            raise NotAuthenticated("This account was removed.", ErrorCode.token_invalid)
        again = _accepted_before(session, token, user)
        if again is not None:
            return again
        invitation = open_invitation(session, token, user)
        member, workspace = join(session, invitation, user, origin)
        user.verified_at = user.verified_at or now(session)
        return workspace, member.role


def _accepted_before(session: Session, token: str, user: User) -> tuple[Workspace, Role] | None:
    found = find_invitation(session, hash_token(token))
    if found is None or found.accepted_at is None or found.email != user.email.lower():
        return None
    member = find_membership(session, found.workspace_id, user.id)
    workspaces = lock_workspaces(session, [found.workspace_id])
    return None if member is None or not workspaces else (workspaces[0], member.role)


def open_invitation(session: Session, token: str, user: User) -> Invitation:
    """The invitation as of now, its workspace held; needs a system session that holds the user.

    Raises NotAllowed (INVITATION_INVALID).
    """
    found = find_invitation(session, hash_token(token))
    workspaces = lock_workspaces(session, [found.workspace_id]) if found else []
    row = lock_invitation(session, hash_token(token)) if workspaces else None
    if row is None or row.accepted_at is not None or row.expires_at <= now(session):
        raise _invalid("This invitation was withdrawn, has expired or is not ours; ask for one.")
    if row.email != user.email.lower():
        raise _invalid("This invitation is for another e-mail address; sign in with that one.")
    return row


def join(
    session: Session, invitation: Invitation, user: User, origin: Origin
) -> tuple[Member, Workspace]:
    """Make the user a member; needs what `open_invitation` gave. Raises Conflict."""
    workspace_id = invitation.workspace_id
    if find_membership(session, workspace_id, user.id) is not None:
        raise Conflict("You belong to this workspace already.", ErrorCode.member_exists)
    member = add_member(session, workspace_id, user.id, invitation.role)
    invitation.accepted_at = member.created_at = now(session)
    entry = origin.entry(
        workspace_id, user.id, "member.join", "member", user.id, role=invitation.role
    )
    add_audit_entry(session, entry)
    (workspace,) = lock_workspaces(session, [workspace_id])
    return member, workspace


def _invalid(message: str) -> NotAllowed:
    return NotAllowed(message, ErrorCode.invitation_invalid)
