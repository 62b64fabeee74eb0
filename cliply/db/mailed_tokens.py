"""Queries for mailed tokens; they need a system session."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cliply.db.models import MailedToken
from cliply.db.models.mailed_tokens import MailPurpose
from cliply.domain.ids import UserId


def add_mailed_token(
    session: Session,
    user_id: UserId,
    purpose: MailPurpose,
    token_hash: str,
    expires_at: datetime,
) -> None:
    """Takes the place of those that were mailed to the user for this before."""
    delete_mailed_tokens(session, user_id, purpose)
    row = MailedToken(
        id=uuid4(),
        user_id=user_id,
        purpose=purpose,
        token_hash=token_hash,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()


def find_mailed_token(
    session: Session, purpose: MailPurpose, token_hash: str
) -> MailedToken | None:
    """As of now."""
    wanted = select(MailedToken).where(
        MailedToken.token_hash == token_hash, MailedToken.purpose == purpose
    )
    return session.scalar(wanted.execution_options(populate_existing=True))


def delete_mailed_tokens(session: Session, user_id: UserId, purpose: MailPurpose) -> None:
    """None of those that were mailed to the user for this is good any more."""
    of_user = delete(MailedToken).where(MailedToken.user_id == user_id)
    session.execute(of_user.where(MailedToken.purpose == purpose))


def delete_mailed_tokens_before(session: Session, moment: datetime) -> None:
    """Forget those that expired before."""
    session.execute(delete(MailedToken).where(MailedToken.expires_at < moment))
