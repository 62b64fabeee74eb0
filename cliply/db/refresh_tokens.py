"""Queries for refresh tokens; they need a system session."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from cliply.db.models import RefreshToken
from cliply.domain.ids import UserId


def find_refresh_token(session: Session, token_hash: str) -> RefreshToken | None:
    """As of now."""
    wanted = select(RefreshToken).where(RefreshToken.token_hash == token_hash)
    return session.scalar(wanted.execution_options(populate_existing=True))


def add_refresh_token(
    session: Session,
    user_id: UserId,
    family_id: UUID,
    token_hash: str,
    expires_at: datetime,
    ip: str | None,
    user_agent: str | None,
) -> RefreshToken:
    row = RefreshToken(
        id=uuid4(),
        user_id=user_id,
        family_id=family_id,
        token_hash=token_hash,
        expires_at=expires_at,
        ip=ip,
        user_agent=user_agent,
    )
    session.add(row)
    session.flush()
    return row


def revoke_family(session: Session, family_id: UUID, moment: datetime) -> None:
    """Nothing of this sign-in is good any more."""
    _revoke(session, RefreshToken.family_id == family_id, moment)


def revoke_sign_ins(session: Session, user_id: UserId, moment: datetime) -> None:
    """No sign-in of this user is good any more."""
    _revoke(session, RefreshToken.user_id == user_id, moment)


def _revoke(session: Session, which: ColumnElement[bool], moment: datetime) -> None:
    living = update(RefreshToken).where(which, RefreshToken.revoked_at.is_(None))
    session.execute(living.values(revoked_at=moment))


def delete_refresh_tokens_before(session: Session, moment: datetime) -> None:
    """Forget those that expired before."""
    session.execute(delete(RefreshToken).where(RefreshToken.expires_at < moment))
