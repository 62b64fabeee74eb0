"""Queries for workspaces; but for `get_workspace` and `lock_pinned` they need a system session."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.fixed_queries import FixedQuery
from cliply.db.models import ApiToken, Invitation, Member, Workspace
from cliply.db.pages import PageOf, PageWish, page_of
from cliply.domain.access import Role
from cliply.domain.ids import UserId, WorkspaceId
from cliply.errors import NotFound


def add_workspace(session: Session, workspace_id: WorkspaceId, name: str) -> Workspace:
    """Add a workspace."""
    workspace = Workspace(id=workspace_id, name=name)
    session.add(workspace)
    session.flush()
    return workspace


def claim_workspace(session: Session, workspace_id: WorkspaceId, name: str) -> bool:
    """Add a workspace unless there is one of this id; tells whether it was added.

    Waits for a transaction that adds the same one.
    """
    added = insert(Workspace).values(id=workspace_id, name=name).on_conflict_do_nothing()
    return session.scalar(added.returning(Workspace.id)) is not None


def list_workspaces(session: Session) -> list[Workspace]:
    """All of them, oldest first."""
    return list(session.scalars(select(Workspace).order_by(Workspace.created_at, Workspace.id)))


PINNED = FixedQuery(select(*Workspace.__table__.columns))


def get_workspace(place: Session | Connection) -> Workspace:
    """The pinned one, as of now, to be read and not changed. Raises NotFound."""
    return _living(PINNED.row(place))


def lock_pinned(session: Session) -> Workspace:
    """The same; who belongs to it and its name are nobody else's until the transaction ends."""
    return _living(session.scalar(_locked(select(Workspace))))


def lock_workspaces(session: Session, ids: Collection[WorkspaceId]) -> list[Workspace]:
    """Those of them that are not deleted, locked in one order for everybody."""
    wanted = select(Workspace).where(Workspace.id.in_(ids), Workspace.deleted_at.is_(None))
    return list(session.scalars(_locked(wanted.order_by(Workspace.id))))


def _locked(wanted: Select[Workspace]) -> Select[Workspace]:
    # Rows that refer to the workspace can still be added: their check takes a weaker lock.
    return wanted.with_for_update(key_share=True).execution_options(populate_existing=True)


def _living(found: Workspace | None) -> Workspace:
    if found is None or found.deleted_at is not None:
        raise NotFound("There is no such workspace that you belong to.")
    return found


def list_workspaces_of(
    session: Session, user_id: UserId, wish: PageWish
) -> tuple[PageOf[Workspace], int]:
    """Workspaces that a user belongs to, and how many they are."""
    wanted = _of_user(user_id)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    return page_of(session, wanted, Workspace, Workspace.created_at, wish), total


WITH_ROLES = FixedQuery(
    select(*Workspace.__table__.columns, Member.role)
    .join(Member, Member.workspace_id == Workspace.id)
    .where(
        Member.user_id == bindparam("user_id", type_=Member.user_id.type),
        Workspace.deleted_at.is_(None),
    )
    .order_by(Member.created_at, Member.workspace_id)
)


def list_with_roles(place: Session | Connection, user_id: UserId) -> list[tuple[Workspace, Role]]:
    """Workspaces that a user belongs to and the role there, the oldest membership first.

    To be read, not changed.
    """
    return [(found, found.role) for found in WITH_ROLES.rows(place, user_id=user_id)]


def count_owned(session: Session, user_id: UserId) -> int:
    """Workspaces that a user owns."""
    owned = _of_user(user_id).where(Member.role == Role.owner)
    return session.scalar(select(func.count()).select_from(owned.subquery())) or 0


def _of_user(user_id: UserId) -> Select[Workspace]:
    joined = select(Workspace).join(Member, Member.workspace_id == Workspace.id)
    return joined.where(Member.user_id == user_id, Workspace.deleted_at.is_(None))


def close_workspace(session: Session, workspace: Workspace, moment: datetime) -> None:
    """Mark it deleted and let nobody in any more; its rows and objects are removed later."""
    workspace.deleted_at = moment
    session.flush()
    for table in (ApiToken, Invitation, Member):
        session.execute(delete(table).where(table.workspace_id == workspace.id))
