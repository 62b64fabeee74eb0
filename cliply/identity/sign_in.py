"""Signing in and out: a password for a pair of tokens."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db.models import User
from cliply.db.refresh_tokens import add_refresh_token, find_refresh_token, revoke_family
from cliply.db.session import now
from cliply.db.system import system_session
from cliply.db.users import find_user_by_email, lock_user
from cliply.domain.ids import UserId
from cliply.errors import ErrorCode, NotAuthenticated
from cliply.identity.access_tokens import AccessTokens
from cliply.identity.callers import hash_token
from cliply.identity.emails import find_normalised
from cliply.identity.origins import Origin
from cliply.identity.passwords import is_outdated, rehash, verify_password

REFRESH_LIFETIME = timedelta(days=7)
"""TEN-1; each renewal starts it anew."""

TOKEN_BYTES = 32


@dataclass(frozen=True)
class Tokens:
    """What a person signs requests with, and what they get the next of these with."""

    user_id: UserId
    access_token: str
    refresh_token: str
    refresh_expires_at: datetime


def sign_in(
    system: Engine, access_tokens: AccessTokens, email: str, password: SecretStr, origin: Origin
) -> Tokens:
    """A new family of tokens.

    Raises NotAuthenticated (CREDENTIALS_WRONG), after the same time, for an unknown address
    and for a wrong password.
    """
    address = find_normalised(email)
    with system_session(system) as session:
        found = None if address is None else find_user_by_email(session, address)
    stored = None if found is None else found.password_hash
    if not verify_password(stored, password) or found is None:
        raise _wrong()
    with system_session(system) as session:
        user = lock_user(session, found.id)
        # Another password may have been chosen since, which ended all sign-ins of this one.
        if user is None or user.password_hash != stored:
            raise _wrong()
        _renew_hash(session, user, password)
        return issue_tokens(session, access_tokens, user.id, uuid4(), origin)


def _renew_hash(session: Session, user: User, password: SecretStr) -> None:
    if user.password_hash is not None and is_outdated(user.password_hash):
        user.password_hash = rehash(password)
        session.flush()


def issue_tokens(
    session: Session,
    access_tokens: AccessTokens,
    user_id: UserId,
    family_id: UUID,
    origin: Origin,
) -> Tokens:
    """The next pair of a family; needs a system session that holds the user."""
    refresh_token = secrets.token_urlsafe(TOKEN_BYTES)
    row = add_refresh_token(
        session,
        user_id,
        family_id,
        hash_token(refresh_token),
        now(session) + REFRESH_LIFETIME,
        origin.ip,
        origin.kept_user_agent,
    )
    access_token = access_tokens.issue(user_id, session_id=family_id)
    return Tokens(user_id, access_token, refresh_token, row.expires_at)


def sign_out(system: Engine, refresh_token: str) -> None:
    """End the sign-in that the token came of; one that is not ours is as good as ended."""
    with system_session(system) as session:
        row = find_refresh_token(session, hash_token(refresh_token))
        if row is not None and lock_user(session, row.user_id) is not None:
            revoke_family(session, row.family_id, now(session))


def _wrong() -> NotAuthenticated:
    return NotAuthenticated(
        "The e-mail address or the password is wrong; try again or choose a new password.",
        ErrorCode.credentials_wrong,
    )
