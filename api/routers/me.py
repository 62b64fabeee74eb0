"""Routes of a signed-in person."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.errors import refusals
from api.member_routes import MemberRoute
from api.schemas.me import Farewell, MeAnswer, UserAnswer
from api.schemas.workspaces import WorkspaceAnswer
from api.work import SignedIn, by_address, origin_of, signed_in
from cliply.identity.accounts import close_account, get_account
from cliply.limits.rules import LOGIN

router = APIRouter(prefix="/api/me", tags=["me"], route_class=MemberRoute)


@router.get("", response_model=MeAnswer, responses=refusals(401))
def read_me(person: Annotated[SignedIn, signed_in(takes_tokens=True)]) -> MeAnswer:
    """Tell who you are and which workspaces you belong to."""
    user, workspaces = get_account(person.backend.system, person.user_id)
    own = person.bearer.workspace_id
    return MeAnswer(
        user=UserAnswer.of(user),
        workspaces=[
            WorkspaceAnswer.of(row, role) for row, role in workspaces if own in (None, row.id)
        ],
    )


@router.delete(
    "", status_code=204, responses=refusals(401, 403, 409), dependencies=[by_address(LOGIN)]
)
def delete_me(wish: Farewell, person: Annotated[SignedIn, signed_in()]) -> Response:
    """Remove your account, and the workspaces that nobody else belongs to."""
    close_account(person.backend.system, person.user_id, wish.password, origin_of(person.request))
    return Response(status_code=204)
