"""Comments on the wire."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field

from api.schemas.base import Schema, clean
from api.schemas.clips import INT4
from cliply.db.models import ClipComment


def not_blank(text: str) -> str:
    """Raises ValueError for nothing but blanks."""
    if not clean(text).strip():
        raise ValueError("some text is needed")
    return text


class NewComment(Schema):
    """What a member says about a clip."""

    text: Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(not_blank)] = Field(
        examples=["Shorter, please."]
    )
    at_ms: int | None = Field(
        None, ge=0, le=INT4, description="Where in the clip; null for all of it.", examples=[2500]
    )


class CommentAnswer(Schema):
    """A comment."""

    id: UUID
    clip_id: UUID
    author_id: UUID | None = Field(description="Null when there is no such user any more.")
    author_name: str | None = Field(description="Null for those who are no members now.")
    text: str
    at_ms: int | None
    created_at: datetime

    @classmethod
    def of(cls, row: ClipComment, author_name: str | None) -> Self:
        return cls(
            id=row.id,
            clip_id=row.clip_id,
            author_id=row.author_id,
            author_name=author_name,
            text=row.text,
            at_ms=row.at_ms,
            created_at=row.created_at,
        )
