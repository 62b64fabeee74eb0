"""Members of the pinned workspace: what they are, and that an owner is always left."""

from sqlalchemy.orm import Session

from cliply.db.members import count_owners, delete_member, find_member, hold_member
from cliply.db.models import Member
from cliply.db.workspaces import lock_pinned
from cliply.domain.access import Role, outranks
from cliply.domain.ids import UserId
from cliply.errors import Conflict, ErrorCode, NotAllowed, NotFound


def get_member(session: Session, user_id: UserId) -> Member:
    """Raises NotFound."""
    found = find_member(session, user_id)
    if found is None:
        raise NotFound(f"There is no member {user_id} in this workspace.")
    return found


def get_own(session: Session, user_id: UserId) -> Member:
    """The caller's own membership, as of now. Raises NotFound when it has just ended."""
    found = hold_member(session, user_id)
    if found is None:
        raise NotFound("There is no such workspace that you belong to.")
    return found


def change_role(session: Session, actor_id: UserId, user_id: UserId, role: Role) -> Member:
    """Make a member something else.

    Raises NotFound, NotAllowed when the actor may not give or take the role, and Conflict
    (LAST_OWNER).
    """
    lock_pinned(session)
    actor = get_own(session, actor_id)
    member = get_member(session, user_id)
    refuse_rank(actor, member.role)
    refuse_rank(actor, role)
    if role is not Role.owner:
        _keep_an_owner(session, member)
    member.role = role
    session.flush()
    return member


def remove_member(session: Session, actor_id: UserId, user_id: UserId) -> None:
    """End a membership with its API tokens; anybody may end their own.

    Raises as `change_role` does.
    """
    lock_pinned(session)
    actor = get_own(session, actor_id)
    member = get_member(session, user_id)
    if actor_id != user_id:
        refuse_rank(actor, member.role)
    _keep_an_owner(session, member)
    delete_member(session, user_id)


def refuse_rank(actor: Member, role: Role) -> None:
    """Raises NotAllowed unless the actor may give or take away the role."""
    if not outranks(actor.role, role):
        raise NotAllowed(f"A {actor.role} may not give or take away the role {role}; ask an owner.")


def _keep_an_owner(session: Session, member: Member) -> None:
    if member.role is Role.owner and count_owners(session) == 1:
        raise Conflict(
            "This is the only owner of the workspace; make another member its owner first.",
            ErrorCode.last_owner,
        )
