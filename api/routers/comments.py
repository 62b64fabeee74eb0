"""Comments on clips."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.paging import Paging
from api.schemas.base import Page
from api.schemas.comments import CommentAnswer, NewComment
from api.work import Work, creates, needs
from cliply.db import clip_comments as rows
from cliply.db.clips import get_clip
from cliply.db.models import ClipComment
from cliply.db.pages import count_all, page_of
from cliply.domain.access import Permission
from cliply.domain.ids import ClipId, CommentId
from cliply.services import clip_comments

router = APIRouter(prefix="/api/clips/{clip_id}/comments", tags=["clips"], route_class=MemberRoute)

ClipPath = Annotated[UUID, Path(description="The clip's id.")]


@router.post("", status_code=201, response_model=CommentAnswer, responses=refusals(*MEMBERS, 409))
def add_comment(
    clip_id: ClipPath, wish: NewComment, work: Annotated[Work, creates(Permission.clips_write)]
) -> Response:
    """Say something about a clip, or about a moment of it."""

    def make() -> CommentAnswer:
        author_id = work.caller.user_id
        row = clip_comments.add_comment(
            work.session, ClipId(clip_id), author_id, wish.text, wish.at_ms
        )
        work.record("comment.create", "comment", row.id, clip_id=str(clip_id))
        return CommentAnswer.of(row, rows.list_names(work.session, [author_id]).get(author_id))

    return work.once(make, body=wish)


@router.get("", response_model=Page[CommentAnswer], responses=refusals(*MEMBERS))
def list_comments(
    clip_id: ClipPath, work: Annotated[Work, needs(Permission.clips_read)], paging: Paging
) -> Page[CommentAnswer]:
    """What was said about a clip, in the order of time."""
    wanted = rows.comments_of(get_clip(work.session, ClipId(clip_id)).id)
    wish = replace(paging, is_descending=False)
    found = page_of(work.session, wanted, ClipComment, ClipComment.created_at, wish)
    authors = {row.author_id for row in found.rows if row.author_id is not None}
    names = rows.list_names(work.session, authors)
    return Page.of(
        [CommentAnswer.of(row, names.get(row.author_id)) for row in found.rows],  # type: ignore[arg-type]
        total=count_all(work.session, wanted),
        page=paging.page,
        limit=paging.limit,
        following=found.following,
    )


@router.delete("/{comment_id}", status_code=204, response_model=None, responses=refusals(*MEMBERS))
def delete_comment(
    clip_id: ClipPath,
    comment_id: Annotated[UUID, Path(description="The comment's id.")],
    work: Annotated[Work, needs(Permission.clips_write)],
) -> Response:
    """Take back one's own comment; admins may remove anybody's."""
    caller = work.caller
    clip_comments.delete_comment(
        work.session, ClipId(clip_id), CommentId(comment_id), caller.user_id, caller.role
    )
    work.record("comment.delete", "comment", comment_id, clip_id=str(clip_id))
    return Response(status_code=204)
