"""Whose token it is that a request carries."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Engine

from cliply.db.api_tokens import find_api_token, touch_api_token
from cliply.db.members import find_first_workspace
from cliply.db.session import now
from cliply.db.system import system_session
from cliply.domain.access import Permission
from cliply.domain.ids import ApiTokenId, UserId, WorkspaceId
from cliply.errors import ErrorCode, NotAuthenticated
from cliply.identity.access_tokens import AccessTokens

API_TOKEN_PREFIX = "cliply_"
"""How an API token begins, so that people and scanners know it."""


@dataclass(frozen=True)
class Bearer:
    """Who a token stands for, before any workspace was looked at."""

    user_id: UserId
    token_id: ApiTokenId | None = None
    workspace_id: WorkspaceId | None = None
    """The only one that an API token is for."""
    scopes: frozenset[Permission] | None = None
    expires_s: float | None = None
    """Unix time; None for an API token that does not expire."""

    @property
    def who(self) -> str:
        """Whom requests are counted for."""
        return f"token:{self.token_id}" if self.token_id else f"user:{self.user_id}"


def read_bearer(access_tokens: AccessTokens, system: Engine, token: str) -> Bearer:
    """Raises NotAuthenticated for tokens that are not ours, have expired or were revoked."""
    if not token.startswith(API_TOKEN_PREFIX):
        return Bearer(access_tokens.read(token), expires_s=access_tokens.expiry(token))
    with system_session(system) as session:
        row = find_api_token(session, hash_token(token))
        if row is None:
            raise NotAuthenticated(
                "There is no such API token; make one in the workspace's settings.",
                ErrorCode.token_invalid,
            )
        moment = now(session)
        if row.revoked_at is not None:
            raise NotAuthenticated("This API token was revoked.", ErrorCode.token_revoked)
        if row.expires_at is not None and row.expires_at <= moment:
            raise NotAuthenticated("This API token has expired.", ErrorCode.token_expired)
        touch_api_token(session, row, moment)
        scopes = frozenset(Permission(scope) for scope in row.scopes)
        expires_s = row.expires_at.timestamp() if row.expires_at else None
        return Bearer(row.user_id, row.id, row.workspace_id, scopes, expires_s)


def first_workspace(system: Engine, user_id: UserId) -> WorkspaceId | None:
    """The workspace that a user has belonged to for longest."""
    with system_session(system) as session:
        return find_first_workspace(session, user_id)


def hash_token(token: str) -> str:
    """SHA-256, hexadecimal. Tokens are 256 random bits, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
