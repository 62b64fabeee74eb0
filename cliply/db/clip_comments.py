"""Queries for clip comments."""

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cliply.db.models import ClipComment, User
from cliply.domain.ids import ClipId, CommentId, UserId
from cliply.errors import NotFound


def comments_of(clip_id: ClipId) -> Select[ClipComment]:
    """All comments on a clip, in no order."""
    return select(ClipComment).where(ClipComment.clip_id == clip_id)


def get_comment(session: Session, clip_id: ClipId, comment_id: CommentId) -> ClipComment:
    """A comment on this clip. Raises NotFound."""
    row = session.scalar(comments_of(clip_id).where(ClipComment.id == comment_id))
    if row is None:
        raise NotFound(f"There is no comment {comment_id} on the clip {clip_id}.")
    return row


def list_names(session: Session, user_ids: Collection[UserId]) -> dict[UserId, str | None]:
    """What those of these users are called who are members now."""
    found = session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return {user_id: name for user_id, name in found}
