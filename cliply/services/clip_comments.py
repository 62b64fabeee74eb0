"""Comments that members write on clips."""

from uuid import uuid4

from sqlalchemy.orm import Session

from cliply.db.clip_comments import get_comment
from cliply.db.clips import get_clip
from cliply.db.models import ClipComment
from cliply.domain.access import Permission, Role, allows
from cliply.domain.ids import ClipId, CommentId, UserId
from cliply.errors import NotAllowed
from cliply.services.clip_changes import check_moment


def add_comment(
    session: Session, clip_id: ClipId, author_id: UserId, text: str, at_ms: int | None
) -> ClipComment:
    """Raises NotFound for no such clip, InvalidInput for a moment after its end."""
    clip = get_clip(session, clip_id)
    if at_ms is not None:
        check_moment(session, clip, at_ms)
    comment = ClipComment(
        id=CommentId(uuid4()),
        workspace_id=clip.workspace_id,
        clip_id=clip_id,
        author_id=author_id,
        text=text,
        at_ms=at_ms,
    )
    session.add(comment)
    session.flush()
    return comment


def delete_comment(
    session: Session, clip_id: ClipId, comment_id: CommentId, user_id: UserId, role: Role
) -> None:
    """Take one's own comment back, or as an admin anybody's. Raises NotFound, NotAllowed."""
    comment = get_comment(session, clip_id, comment_id)
    if comment.author_id != user_id and not allows(role, None, Permission.members_write):
        raise NotAllowed("This comment is somebody else's; ask them, or an admin.")
    session.delete(comment)
    session.flush()
