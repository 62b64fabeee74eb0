"""Refresh tokens: each is good for one renewal of a sign-in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Row
from cliply.domain.ids import UserId


class RefreshToken(Created, Row):
    """A family is what came of one sign-in; reuse of a spent token ends all of it."""

    __tablename__ = "refresh_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    family_id: Mapped[UUID]
    token_hash: Mapped[str]
    """SHA-256, hexadecimal."""
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]
    """When its successor was given out."""
    revoked_at: Mapped[datetime | None]
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(None, "family_id"),
        Index(None, "user_id"),
        Index(None, "expires_at"),
    )
