"""Members and invitations on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.schemas.base import Schema
from api.schemas.sign_in import EmailText, SecretToken
from cliply.db.models import Invitation, Member, User
from cliply.domain.access import Role


class MemberAnswer(Schema):
    """Somebody who belongs to a workspace."""

    user_id: UUID
    email: str = Field(examples=["ada@example.com"])
    name: str | None = Field(examples=["Ada"])
    role: Role
    joined_at: datetime

    @classmethod
    def of(cls, user: User, member: Member) -> "MemberAnswer":
        return cls(
            user_id=user.id,
            email=user.email,
            name=user.name,
            role=member.role,
            joined_at=member.created_at,
        )


class MemberChange(Schema):
    """What a member is to be."""

    role: Role


class NewInvitation(Schema):
    """Whom to invite, and as what."""

    email: EmailText
    role: Role = Field(description="At most what you may give: only owners make admins and owners.")


class InvitationAnswer(Schema):
    """An invitation that waits; its token is in the mail alone."""

    id: UUID
    email: str = Field(examples=["ada@example.com"])
    role: Role
    invited_by: UUID | None
    expires_at: datetime
    created_at: datetime

    @classmethod
    def of(cls, row: Invitation) -> "InvitationAnswer":
        return cls.model_validate(row)


class Acceptance(Schema):
    """What the mail of an invitation carries."""

    token: SecretToken
