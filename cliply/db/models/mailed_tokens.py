"""Mailed tokens: what a mail carries to show that its reader owns the address."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Choice, Created, Row, one_of
from cliply.domain.ids import UserId


class MailPurpose(StrEnum):
    verify = "verify"
    reset = "reset"


class MailedToken(Created, Row):
    """Good once, until it expires."""

    __tablename__ = "mailed_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[MailPurpose] = mapped_column(Choice(MailPurpose))
    token_hash: Mapped[str]
    """SHA-256, hexadecimal."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("purpose", MailPurpose),
        UniqueConstraint("token_hash"),
        Index(None, "user_id"),
    )
