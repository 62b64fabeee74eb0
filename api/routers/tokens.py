"""Routes for API tokens."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.paging import Paging
from api.schemas.base import Page
from api.schemas.tokens import NewToken, TokenAnswer, TokenMadeAnswer
from api.work import Work, creates, needs
from cliply.db import api_tokens as kept
from cliply.domain.access import Permission
from cliply.domain.ids import ApiTokenId
from cliply.identity.api_tokens import TokenWish, make_api_token, revoke_api_token
from cliply.identity.sealing import seal, unseal

router = APIRouter(
    route_class=MemberRoute, prefix="/api/workspaces/{workspace_id}/tokens", tags=["tokens"]
)


@router.post("", status_code=201, response_model=TokenMadeAnswer, responses=refusals(*MEMBERS, 409))
def create_token(
    workspace_id: UUID,
    wish: NewToken,
    work: Annotated[Work, creates(Permission.tokens_write)],
) -> Response:
    """Make an API token, which is shown this once."""

    def make() -> TokenMadeAnswer:
        allowed = [permission for permission in Permission if work.caller.may(permission)]
        wanted = TokenWish(wish.name, wish.scopes, wish.expires_in_days)
        made = make_api_token(work.session, work.caller.user_id, allowed, wanted)
        work.record("token.create", "token", made.row.id, scopes=made.row.scopes)
        # The answer is kept for 24 h beside its Idempotency-Key, so it is kept sealed.
        sealed = seal(work.backend.secret, made.token)
        return TokenMadeAnswer(**TokenAnswer.of(made.row).model_dump(), token=sealed)

    return _opened(work, work.once(make, body=wish))


def _opened(work: Work, answer: Response) -> Response:
    """The answer with its token readable."""
    content = json.loads(bytes(answer.body))
    token = unseal(work.backend.secret, content["token"])
    headers = {name: answer.headers[name] for name in answer.headers if name != "content-length"}
    readable = TokenMadeAnswer(**{**content, "token": token})
    return Response(readable.model_dump_json(), answer.status_code, headers)


@router.get("", response_model=Page[TokenAnswer], responses=refusals(*MEMBERS))
def list_tokens(
    workspace_id: UUID, work: Annotated[Work, needs(Permission.tokens_read)], paging: Paging
) -> Page[TokenAnswer]:
    """List API tokens, newest first; revoked ones too."""
    page, total = kept.list_api_tokens(work.session, paging)
    return Page[TokenAnswer].of(
        [TokenAnswer.of(row) for row in page.rows],
        total=total,
        page=paging.page,
        limit=paging.limit,
        following=page.following,
    )


@router.delete("/{token_id}", status_code=204, responses=refusals(*MEMBERS))
def revoke_token(
    workspace_id: UUID,
    token_id: UUID,
    work: Annotated[Work, needs(Permission.tokens_write)],
) -> Response:
    """Revoke an API token: from the next request on it is refused."""
    revoke_api_token(work.session, ApiTokenId(token_id))
    work.record("token.revoke", "token", token_id)
    return Response(status_code=204)
