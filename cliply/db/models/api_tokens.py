"""API tokens: keys with which programs act for a member."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Owned, Row
from cliply.domain.ids import ApiTokenId, UserId


class ApiToken(Owned, Created, Row):
    """Ends with the membership that it was made under; kept after its end for the audit."""

    __tablename__ = "api_tokens"

    id: Mapped[ApiTokenId] = mapped_column(primary_key=True)
    user_id: Mapped[UserId]
    """The member it acts for."""
    name: Mapped[str]
    prefix: Mapped[str]
    """Its first characters, by which it is recognised."""
    token_hash: Mapped[str]
    """SHA-256, hexadecimal."""
    scopes: Mapped[list[str]] = mapped_column(JSONB)
    """Permissions, sorted."""
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("token_hash"),
        ForeignKeyConstraint(
            ["workspace_id", "user_id"],
            ["members.workspace_id", "members.user_id"],
            ondelete="CASCADE",
        ),
        Index(None, "workspace_id", "created_at", "id"),
    )
