"""API tokens on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.schemas.base import Name, Schema
from cliply.db.models import ApiToken
from cliply.domain.access import Permission
from cliply.identity.api_tokens import MAX_DAYS

USUAL_DAYS = 90


class NewToken(Schema):
    """What an API token is to be good for."""

    name: Name = Field(examples=["nightly import"])
    scopes: frozenset[Permission] = Field(
        min_length=1,
        max_length=len(Permission),
        description="What it may do, as far as you may do it yourself.",
        examples=[["jobs:read", "jobs:write"]],
    )
    expires_in_days: int | None = Field(
        USUAL_DAYS, ge=1, le=MAX_DAYS, description="Null for a token that does not expire."
    )


class TokenAnswer(Schema):
    """An API token, without the token itself."""

    id: UUID
    name: str = Field(examples=["nightly import"])
    prefix: str = Field(description="How it begins.", examples=["cliply_3Lx0h"])
    scopes: list[Permission] = Field(
        description="What it may do at most; never more than its maker still may."
    )
    user_id: UUID = Field(description="The member it acts for.")
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: ApiToken) -> "TokenAnswer":
        return cls.model_validate(row)


class TokenMadeAnswer(TokenAnswer):
    """A new API token with the token itself."""

    token: str = Field(
        description="Shown now and never again; keep it where only your program reads it.",
        examples=["cliply_3Lx0hBqkYw0bq2nQ1m7eYV0xTn4uEo9aZ6s8cR5pKjI"],
    )
