"""Queries for users; they need a system session."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.fixed_queries import FixedQuery
from cliply.db.models import User
from cliply.domain.ids import UserId

KNOWN = FixedQuery(
    select(User.id, User.email, User.name, User.created_at, User.verified_at).where(
        User.id == bindparam("user_id", type_=User.id.type)
    )
)


def find_user(place: Session | Connection, user_id: UserId) -> User | None:
    """To be read, not changed; without the password's hash."""
    return KNOWN.row(place, user_id=user_id)  # type: ignore[no-any-return]


def find_user_by_email(session: Session, email: str) -> User | None:
    """`email` in lower case."""
    return session.scalar(select(User).where(func.lower(User.email) == email))


def lock_user(session: Session, user_id: UserId) -> User | None:
    """The user as of now, whose sign-ins nobody else changes until the transaction ends.

    Rows that refer to the user can still be added meanwhile.
    """
    wanted = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return session.scalar(wanted.execution_options(populate_existing=True))


def add_user(
    session: Session,
    user_id: UserId,
    email: str,
    name: str | None,
    password_hash: str | None,
    verified_at: datetime | None = None,
) -> User | None:
    """None when the address is taken, also by somebody who registers at the same moment."""
    values = {
        "id": user_id,
        "email": email,
        "name": name,
        "password_hash": password_hash,
        "verified_at": verified_at,
    }
    added = insert(User).values(values).on_conflict_do_nothing().returning(User)
    return session.scalar(added)


def delete_user(session: Session, user_id: UserId) -> None:
    """With the user's memberships, sign-ins and tokens; what they made stays."""
    session.execute(delete(User).where(User.id == user_id))
