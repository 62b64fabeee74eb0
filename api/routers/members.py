"""Routes for members and invitations."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Request, Response

from api.conditions import IfMatch, check_match, tagged
from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.paging import Paging
from api.schemas.base import Page
from api.schemas.members import (
    Acceptance,
    InvitationAnswer,
    MemberAnswer,
    MemberChange,
    NewInvitation,
)
from api.schemas.workspaces import WorkspaceAnswer
from api.work import SignedIn, Work, creates, needs, origin_of, signed_in
from cliply.db import invitations as waiting
from cliply.db.members import find_member_user, list_member_users
from cliply.db.members import list_members as list_memberships
from cliply.db.workspaces import lock_pinned
from cliply.domain.access import Permission
from cliply.domain.ids import InvitationId, UserId
from cliply.errors import NotAllowed, NotFound
from cliply.identity import invitations, members
from cliply.identity.mail import invitation as invitation_mail

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as you know it."}}

router = APIRouter(prefix="/api", tags=["members"], route_class=MemberRoute)

OF_WORKSPACE = "/workspaces/{workspace_id}"


@router.get(
    f"{OF_WORKSPACE}/members", response_model=Page[MemberAnswer], responses=refusals(*MEMBERS)
)
def list_members(
    workspace_id: UUID, work: Annotated[Work, needs(Permission.workspace_read)], paging: Paging
) -> Page[MemberAnswer]:
    """List the members of a workspace, the oldest account first."""
    page, total = list_member_users(work.session, replace(paging, is_descending=False))
    of_users = list_memberships(work.session, [user.id for user in page.rows])
    found = {member.user_id: member for member in of_users}
    return Page[MemberAnswer].of(
        [MemberAnswer.of(user, found[user.id]) for user in page.rows],
        total=total,
        page=paging.page,
        limit=paging.limit,
        following=page.following,
    )


@router.get(
    f"{OF_WORKSPACE}/members/{{user_id}}",
    response_model=MemberAnswer,
    responses=refusals(*MEMBERS) | UNCHANGED,
)
def read_member(
    workspace_id: UUID,
    user_id: UUID,
    request: Request,
    work: Annotated[Work, needs(Permission.workspace_read)],
) -> Response:
    """Read a member."""
    return tagged(request, _answer(work, UserId(user_id)))


@router.patch(
    f"{OF_WORKSPACE}/members/{{user_id}}",
    response_model=MemberAnswer,
    responses=refusals(*MEMBERS, 409, 412),
)
def update_member(
    workspace_id: UUID,
    user_id: UUID,
    change: MemberChange,
    request: Request,
    work: Annotated[Work, needs(Permission.members_write)],
    if_match: IfMatch = None,
) -> Response:
    """Give a member another role; one owner is always left."""
    lock_pinned(work.session)
    before = _answer(work, UserId(user_id))
    check_match(if_match, before, "member")
    members.change_role(work.session, work.caller.user_id, UserId(user_id), change.role)
    work.record("member.update", "member", user_id, role=change.role, former=before.role)
    return tagged(request, _answer(work, UserId(user_id)))


@router.delete(
    f"{OF_WORKSPACE}/members/{{user_id}}", status_code=204, responses=refusals(*MEMBERS, 409)
)
def remove_member(
    workspace_id: UUID,
    user_id: UUID,
    work: Annotated[Work, needs(Permission.workspace_read)],
) -> Response:
    """Remove a member, or leave a workspace yourself; API tokens of the member end with it."""
    caller = work.caller
    members.get_member(work.session, UserId(user_id))
    is_leaving = caller.user_id == user_id and caller.token_id is None
    if not is_leaving and not caller.may(Permission.members_write):
        raise NotAllowed(
            f"Removing members needs {Permission.members_write}; ask an admin of the workspace."
        )
    members.remove_member(work.session, caller.user_id, UserId(user_id))
    work.record("member.leave" if is_leaving else "member.remove", "member", user_id)
    return Response(status_code=204)


@router.post(
    f"{OF_WORKSPACE}/invite",
    status_code=201,
    response_model=InvitationAnswer,
    responses=refusals(*MEMBERS, 409),
)
def invite_member(
    workspace_id: UUID,
    wish: NewInvitation,
    work: Annotated[Work, creates(Permission.members_write)],
    mails: BackgroundTasks,
) -> Response:
    """Mail an invitation; it takes the place of an earlier one to the same address."""

    def make() -> InvitationAnswer:
        made = invitations.invite(work.session, work.caller.user_id, wish.email, wish.role)
        row, backend = made.invitation, work.backend
        mail = invitation_mail(row.email, backend.base_url, made.token, made.workspace.name)
        mails.add_task(backend.mail.send, mail)
        work.record("invitation.create", "invitation", row.id, email=row.email, role=row.role)
        return InvitationAnswer.of(row)

    return work.once(make, body=wish)


@router.get(
    f"{OF_WORKSPACE}/invitations",
    response_model=Page[InvitationAnswer],
    responses=refusals(*MEMBERS),
)
def list_invitations(
    workspace_id: UUID, work: Annotated[Work, needs(Permission.members_write)], paging: Paging
) -> Page[InvitationAnswer]:
    """List invitations that were not accepted, newest first."""
    page, total = waiting.list_invitations(work.session, paging)
    return Page[InvitationAnswer].of(
        [InvitationAnswer.of(row) for row in page.rows],
        total=total,
        page=paging.page,
        limit=paging.limit,
        following=page.following,
    )


@router.delete(
    f"{OF_WORKSPACE}/invitations/{{invitation_id}}",
    status_code=204,
    responses=refusals(*MEMBERS),
)
def revoke_invitation(
    workspace_id: UUID,
    invitation_id: UUID,
    work: Annotated[Work, needs(Permission.members_write)],
) -> Response:
    """Withdraw an invitation: its mail lets nobody in any more."""
    invitations.revoke_invitation(work.session, work.caller.user_id, InvitationId(invitation_id))
    work.record("invitation.delete", "invitation", invitation_id)
    return Response(status_code=204)


@router.post(
    "/invitations/accept", response_model=WorkspaceAnswer, responses=refusals(401, 403, 409)
)
def accept_invitation(
    wish: Acceptance, person: Annotated[SignedIn, signed_in()]
) -> WorkspaceAnswer:
    """Join the workspace that you are invited to; doing it again answers the same."""
    workspace, role = invitations.accept_invitation(
        person.backend.system, person.user_id, wish.token, origin_of(person.request)
    )
    return WorkspaceAnswer.of(workspace, role)


def _answer(work: Work, user_id: UserId) -> MemberAnswer:
    """Raises NotFound."""
    user = find_member_user(work.session, user_id)
    if user is None:
        raise NotFound(f"There is no member {user_id} in this workspace.")
    return MemberAnswer.of(user, members.get_member(work.session, user_id))
