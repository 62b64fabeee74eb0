"""Queries for members."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session, aliased, load_only

from cliply.db.models import Member, User, Workspace
from cliply.db.pages import PageOf, PageWish, page_of
from cliply.domain.access import Role
from cliply.domain.ids import UserId, WorkspaceId

SEEN = (User.id, User.email, User.name, User.created_at, User.verified_at)
"""All that the application's role may read of a user."""


def find_member(session: Session, user_id: UserId) -> Member | None:
    """The user's membership in the pinned workspace, as of now."""
    wanted = select(Member).where(Member.user_id == user_id)
    return session.scalar(wanted.execution_options(populate_existing=True))


def hold_member(session: Session, user_id: UserId) -> Member | None:
    """The same as of now; it can not end before the transaction does."""
    wanted = select(Member).where(Member.user_id == user_id)
    held = wanted.with_for_update(read=True, key_share=True)
    return session.scalar(held.execution_options(populate_existing=True))


def find_first_workspace(session: Session, user_id: UserId) -> WorkspaceId | None:
    """The user's oldest membership; needs a system session."""
    of_user = (
        select(Member.workspace_id)
        .join(Workspace, Workspace.id == Member.workspace_id)
        .where(Member.user_id == user_id, Workspace.deleted_at.is_(None))
        .order_by(Member.created_at, Member.workspace_id)
    )
    return session.scalar(of_user.limit(1))


def list_member_users(session: Session, wish: PageWish) -> tuple[PageOf[User], int]:
    """Members of the pinned workspace and how many they are; only `SEEN` is loaded."""
    joined = User.id == Member.user_id
    wanted = select(User).join(Member, joined).options(load_only(*SEEN))
    total = session.scalar(select(func.count()).select_from(Member)) or 0
    return page_of(session, wanted, User, User.created_at, wish), total


def find_member_user(session: Session, user_id: UserId) -> User | None:
    """A member of the pinned workspace as a user; only `SEEN` is loaded."""
    joined = User.id == Member.user_id
    wanted = select(User).join(Member, joined).where(User.id == user_id)
    return session.scalar(wanted.options(load_only(*SEEN)))


def has_member(session: Session, email: str) -> bool:
    """Whether a member of the pinned workspace has this address, in lower case."""
    of_address = select(User.id).join(Member, User.id == Member.user_id)
    wanted = of_address.where(func.lower(User.email) == email)
    return bool(session.scalar(select(exists(wanted))))


def list_members(session: Session, user_ids: Collection[UserId]) -> list[Member]:
    """Memberships of these users in the pinned workspace."""
    return list(session.scalars(select(Member).where(Member.user_id.in_(user_ids))))


def list_memberships(session: Session, user_id: UserId) -> list[Member]:
    """Everywhere, oldest first; needs a system session."""
    wanted = select(Member).where(Member.user_id == user_id)
    return list(session.scalars(wanted.order_by(Member.created_at, Member.workspace_id)))


def count_owners(session: Session) -> int:
    """Owners of the pinned workspace."""
    wanted = select(func.count()).select_from(Member).where(Member.role == Role.owner)
    return session.scalar(wanted) or 0


def owned_alone(user_id: UserId) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Of a `Member` row: whether nobody else owns its workspace, and whether nobody else is in."""
    other = aliased(Member)
    others = select(other.user_id).where(
        other.workspace_id == Member.workspace_id, other.user_id != user_id
    )
    return ~exists(others.where(other.role == Role.owner)), ~exists(others)


def list_owned_alone(session: Session, user_id: UserId) -> list[tuple[WorkspaceId, bool]]:
    """Workspaces with the user as their only owner, and whether others belong to them.

    Needs a system session.
    """
    no_other_owner, no_other = owned_alone(user_id)
    wanted = select(Member.workspace_id, ~no_other).where(
        Member.user_id == user_id, Member.role == Role.owner, no_other_owner
    )
    return [(workspace_id, has_others) for workspace_id, has_others in session.execute(wanted)]


def add_member(session: Session, workspace_id: WorkspaceId, user_id: UserId, role: Role) -> Member:
    member = Member(workspace_id=workspace_id, user_id=user_id, role=role)
    session.add(member)
    session.flush()
    return member


def find_membership(session: Session, workspace_id: WorkspaceId, user_id: UserId) -> Member | None:
    """Whatever workspace is pinned; needs a system session."""
    return session.get(Member, (workspace_id, user_id), populate_existing=True)


def delete_member(session: Session, user_id: UserId) -> None:
    """End a membership in the pinned workspace, with the API tokens made under it."""
    session.execute(delete(Member).where(Member.user_id == user_id))


def find_owner(session: Session, workspace_id: WorkspaceId) -> Member | None:
    """The oldest one of a workspace; needs a system session."""
    wanted = select(Member).where(Member.workspace_id == workspace_id, Member.role == Role.owner)
    return session.scalar(wanted.order_by(Member.created_at, Member.user_id).limit(1))
