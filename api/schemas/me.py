"""Users on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, SecretStr

from api.schemas.base import Schema
from api.schemas.workspaces import WorkspaceAnswer
from cliply.db.models import User


class UserAnswer(Schema):
    """A person."""

    id: UUID
    email: str = Field(examples=["ada@example.com"])
    name: str | None = Field(examples=["Ada"])
    is_verified: bool = Field(description="Whether the address was shown to be theirs.")
    created_at: datetime

    @classmethod
    def of(cls, row: User) -> "UserAnswer":
        return cls(
            id=row.id,
            email=row.email,
            name=row.name,
            is_verified=row.verified_at is not None,
            created_at=row.created_at,
        )


class MeAnswer(Schema):
    """Who asks, and where they belong."""

    user: UserAnswer
    workspaces: list[WorkspaceAnswer] = Field(
        description="The oldest membership first; it is meant where a request names none. "
        "An API token sees its own workspace alone."
    )


class Farewell(Schema):
    """Shows that it is really you who wants to leave."""

    password: SecretStr = Field(max_length=1000, examples=["correct horse battery staple"])
