"""Tokens by mail: showing that an address is one's own, and choosing a new password."""

import secrets
from datetime import timedelta

from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db.mailed_tokens import (
    add_mailed_token,
    delete_mailed_tokens,
    find_mailed_token,
)
from cliply.db.models import MailedToken, User
from cliply.db.models.mailed_tokens import MailPurpose
from cliply.db.refresh_tokens import revoke_sign_ins
from cliply.db.session import now
from cliply.db.system import system_session
from cliply.db.users import find_user_by_email, lock_user
from cliply.domain.ids import UserId
from cliply.errors import ErrorCode, NotAuthenticated
from cliply.identity.callers import hash_token
from cliply.identity.emails import find_normalised
from cliply.identity.mail import MailSender, password_reset
from cliply.identity.passwords import hash_password

LIFETIME = {MailPurpose.verify: timedelta(days=7), MailPurpose.reset: timedelta(hours=1)}
TOKEN_BYTES = 32


def make_mailed_token(session: Session, user_id: UserId, purpose: MailPurpose) -> str:
    """A token for a mail; earlier ones for the same are no longer good.

    Needs a system session that holds the user.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now(session) + LIFETIME[purpose]
    add_mailed_token(session, user_id, purpose, hash_token(token), expires_at)
    return token


def verify_email(system: Engine, token: str) -> None:
    """The reader of the mail owns the address. Raises NotAuthenticated as `_used` does."""
    with system_session(system) as session:
        user, row = _used(session, MailPurpose.verify, token)
        user.verified_at = user.verified_at or row.used_at


def forget_password(system: Engine, sender: MailSender, base_url: str, email: str) -> None:
    """Mail a token to the address that is stored, if there is an account of this one.

    Only who reads the mail learns whether there is. Raises Unavailable.
    """
    address = find_normalised(email)
    if address is None:
        return
    with system_session(system) as session:
        found = find_user_by_email(session, address)
        user = None if found is None else lock_user(session, found.id)
        token = None if user is None else make_mailed_token(session, user.id, MailPurpose.reset)
    if user is not None and token is not None:
        sender.send(password_reset(user.email, base_url, token))


def reset_password(system: Engine, token: str, password: SecretStr) -> None:
    """Another password, and the end of all sign-ins.

    Raises InvalidInput (PASSWORD_WEAK), which leaves the token good, and NotAuthenticated as
    `_used` does.
    """
    with system_session(system) as session:
        user, row = _used(session, MailPurpose.reset, token)
        user.password_hash = hash_password(password, user.email, user.name)
        user.verified_at = user.verified_at or row.used_at
        revoke_sign_ins(session, user.id, now(session))
        delete_mailed_tokens(session, user.id, MailPurpose.reset)


def _used(session: Session, purpose: MailPurpose, token: str) -> tuple[User, MailedToken]:
    """Whose token it is, held, and the token, which is used with this transaction.

    Raises NotAuthenticated (TOKEN_INVALID, TOKEN_EXPIRED).
    """
    token_hash = hash_token(token)
    row = find_mailed_token(session, purpose, token_hash)
    user = None if row is None else lock_user(session, row.user_id)
    row = find_mailed_token(session, purpose, token_hash)
    if row is None or user is None or row.used_at is not None:
        raise NotAuthenticated(
            "This link was used before or is not ours; ask for a new one.",
            ErrorCode.token_invalid,
        )
    moment = now(session)
    if row.expires_at <= moment:
        raise NotAuthenticated("This link has expired; ask for a new one.", ErrorCode.token_expired)
    row.used_at = moment
    session.flush()
    return user, row
