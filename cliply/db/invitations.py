"""Queries for invitations."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from cliply.db.models import Invitation
from cliply.db.pages import PageOf, PageWish, page_of
from cliply.domain.access import Role
from cliply.domain.ids import InvitationId, UserId, WorkspaceId


def add_invitation(
    session: Session,
    workspace_id: WorkspaceId,
    email: str,
    role: Role,
    token_hash: str,
    invited_by: UserId,
    expires_at: datetime,
) -> Invitation:
    """Nobody of this address may be waiting in the workspace."""
    row = Invitation(
        id=InvitationId(uuid4()),
        workspace_id=workspace_id,
        email=email,
        role=role,
        token_hash=token_hash,
        invited_by=invited_by,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return row


def lock_invitation(session: Session, token_hash: str) -> Invitation | None:
    """Whatever workspace it is for, locked; needs a system session."""
    wanted = select(Invitation).where(Invitation.token_hash == token_hash)
    return session.scalar(wanted.with_for_update().execution_options(populate_existing=True))


def find_invitation(session: Session, token_hash: str) -> Invitation | None:
    """Whatever workspace it is for; needs a system session."""
    return session.scalar(select(Invitation).where(Invitation.token_hash == token_hash))


def find_waiting(session: Session, email: str) -> Invitation | None:
    """The one that waits in the pinned workspace for this address, also if it ran out."""
    return session.scalar(_waiting().where(func.lower(Invitation.email) == email))


def list_invitations(session: Session, wish: PageWish) -> tuple[PageOf[Invitation], int]:
    """Those of the pinned workspace that were not accepted, and how many they are."""
    total = session.scalar(select(func.count()).select_from(_waiting().subquery())) or 0
    return page_of(session, _waiting(), Invitation, Invitation.created_at, wish), total


def find_waiting_by_id(session: Session, invitation_id: InvitationId) -> Invitation | None:
    """One of those, locked."""
    wanted = _waiting().where(Invitation.id == invitation_id)
    return session.scalar(wanted.with_for_update())


def delete_invitation(session: Session, invitation_id: InvitationId) -> None:
    session.execute(delete(Invitation).where(Invitation.id == invitation_id))


def _waiting() -> Select[Invitation]:
    return select(Invitation).where(Invitation.accepted_at.is_(None))
