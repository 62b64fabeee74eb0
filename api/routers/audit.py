"""Routes for the audit log."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.paging import Paging
from api.schemas.audit import AuditEntryAnswer
from api.schemas.base import Page
from api.work import Work, needs
from cliply.db.audit_entries import AuditFilter, list_audit_entries
from cliply.domain.access import Permission
from cliply.domain.ids import UserId

router = APIRouter(
    route_class=MemberRoute, prefix="/api/workspaces/{workspace_id}/audit", tags=["audit"]
)

Action = Query(pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=60, examples=["job.create"])
Since = Query(description="With a time zone, as in 2026-01-31T00:00:00Z.")
Until = Query(description="Up to and without this.")


@router.get("", response_model=Page[AuditEntryAnswer], responses=refusals(*MEMBERS))
def list_audit(
    workspace_id: UUID,
    work: Annotated[Work, needs(Permission.audit_read)],
    paging: Paging,
    action: Annotated[str | None, Action] = None,
    actor: Annotated[UUID | None, Query(description="The id of a user.")] = None,
    since: Annotated[AwareDatetime | None, Since] = None,
    until: Annotated[AwareDatetime | None, Until] = None,
) -> Page[AuditEntryAnswer]:
    """List who changed what in the last 90 days, newest first."""
    which = AuditFilter(action, None if actor is None else UserId(actor), since, until)
    page, total = list_audit_entries(work.session, which, paging)
    return Page[AuditEntryAnswer].of(
        [AuditEntryAnswer.of(row) for row in page.rows],
        total=total,
        page=paging.page,
        limit=paging.limit,
        following=page.following,
    )
