"""Refresh: each token is good once, and one that comes twice ends its sign-in.

A token that is used again was copied by somebody, or by the program that keeps it; nobody can
tell which of the two is the thief, so both have to sign in again (RFC 9700, 4.14.2).
"""

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db.models import RefreshToken
from cliply.db.refresh_tokens import find_refresh_token, revoke_family
from cliply.db.session import now
from cliply.db.system import system_session
from cliply.db.users import lock_user
from cliply.errors import ErrorCode, NotAuthenticated
from cliply.identity.access_tokens import AccessTokens
from cliply.identity.callers import hash_token
from cliply.identity.origins import Origin
from cliply.identity.sign_in import Tokens, issue_tokens


def refresh(
    system: Engine, access_tokens: AccessTokens, refresh_token: str, origin: Origin
) -> Tokens:
    """A new pair for a refresh token, which is spent with that. Of twins, one gets the pair.

    Raises NotAuthenticated: TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REVOKED after the end of the
    sign-in, and TOKEN_REUSED for a token that was spent before, which ends the sign-in.
    """
    with system_session(system) as session:
        row = _held(session, hash_token(refresh_token))
        moment = now(session)
        refusal = _refusal(row, moment)
        if refusal is None:
            row.spent_at = moment
            return issue_tokens(session, access_tokens, row.user_id, row.family_id, origin)
        if refusal.code is ErrorCode.token_reused:
            revoke_family(session, row.family_id, moment)
    # Raised outside the transaction, which keeps what was revoked.
    raise refusal


def _held(session: Session, token_hash: str) -> RefreshToken:
    """The token as of now, with all sign-ins of its user held."""
    row = find_refresh_token(session, token_hash)
    if row is not None and lock_user(session, row.user_id) is not None:
        row = find_refresh_token(session, token_hash)
    if row is None:
        raise NotAuthenticated(
            "There is no such refresh token; sign in again.", ErrorCode.token_invalid
        )
    return row


def _refusal(row: RefreshToken, moment: datetime) -> NotAuthenticated | None:
    if row.revoked_at is not None:
        return NotAuthenticated("This sign-in has ended; sign in again.", ErrorCode.token_revoked)
    if row.spent_at is not None:
        return NotAuthenticated(
            "This refresh token was used before, so its sign-in has ended; sign in again.",
            ErrorCode.token_reused,
        )
    if row.expires_at <= moment:
        return NotAuthenticated(
            "The refresh token has expired; sign in again.", ErrorCode.token_expired
        )
    return None
