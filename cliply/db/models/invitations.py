"""Invitations: members to be, known by their e-mail address."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Choice, Created, Owned, Row, one_of
from cliply.domain.access import Role
from cliply.domain.ids import InvitationId, UserId


class Invitation(Owned, Created, Row):
    """One that waits, was accepted, or ran out; an address waits once in a workspace."""

    __tablename__ = "invitations"

    id: Mapped[InvitationId] = mapped_column(primary_key=True)
    email: Mapped[str]
    role: Mapped[Role] = mapped_column(Choice(Role))
    token_hash: Mapped[str]
    """SHA-256 of what the invitation's mail carries, hexadecimal."""
    invited_by: Mapped[UserId | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("role", Role),
        UniqueConstraint("token_hash"),
        Index(
            "uq_invitations_waiting",
            "workspace_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("accepted_at is null"),
        ),
    )
