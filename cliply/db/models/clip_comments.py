"""Clip comments: what members say about a clip."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Owned, Row, parent
from cliply.domain.ids import ClipId, CommentId, UserId


class ClipComment(Owned, Created, Row):
    __tablename__ = "clip_comments"

    id: Mapped[CommentId] = mapped_column(primary_key=True)
    clip_id: Mapped[ClipId]
    author_id: Mapped[UserId | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    text: Mapped[str]
    at_ms: Mapped[int | None]
    """Where in the clip; None for all of it."""

    __table_args__ = (
        parent("clip_id", "clips"),
        CheckConstraint("at_ms >= 0", name="at_ms"),
        Index(None, "workspace_id", "clip_id", "created_at", "id"),
    )
