"""Uploads: files that are on their way into a workspace."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Choice, Created, Owned, Row, one_of, target
from cliply.domain.ids import SourceId, UploadId, UserId


class UploadKind(StrEnum):
    media = "media"
    transcript = "transcript"
    brand = "brand"
    """A logo, font or other file of a brand kit."""


class UploadMethod(StrEnum):
    """How the bytes travel."""

    app = "app"
    """To a signed route of the application, which streams them to disk."""
    post = "post"
    """To the object storage by one signed form."""
    multipart = "multipart"
    """To the object storage in parts."""


class UploadStatus(StrEnum):
    waiting = "waiting"
    """For its bytes, or for its confirmation."""
    confirmed = "confirmed"
    rejected = "rejected"
    """Its bytes are gone, the reason is kept."""
    expired = "expired"
    """Never confirmed; swept away."""


class Upload(Owned, Created, Row):
    __tablename__ = "uploads"

    id: Mapped[UploadId] = mapped_column(primary_key=True)
    kind: Mapped[UploadKind] = mapped_column(Choice(UploadKind))
    method: Mapped[UploadMethod] = mapped_column(Choice(UploadMethod))
    status: Mapped[UploadStatus] = mapped_column(Choice(UploadStatus))
    file_name: Mapped[str]
    """As the tenant calls it; never part of a path."""
    content_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    """As it was declared; neither more nor less is taken."""
    object_key: Mapped[str]
    multipart_id: Mapped[str | None]
    """The storage's own name for an upload in parts."""
    part_bytes: Mapped[int | None] = mapped_column(BigInteger)
    source_video_id: Mapped[SourceId | None]
    """The source that it became. No reference, for a source may be removed before it."""
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What confirming answered, answered again when asked again."""
    created_by: Mapped[UserId | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    expires_at: Mapped[datetime]

    __table_args__ = (
        target(),
        one_of("kind", UploadKind),
        one_of("method", UploadMethod),
        one_of("status", UploadStatus),
        CheckConstraint("size_bytes > 0", name="size_bytes"),
        Index(None, "status", "expires_at"),
    )
