"""API tokens: made for a program, shown once, good until they expire or are revoked."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db.api_tokens import add_api_token, get_api_token
from cliply.db.audit_entries import add_audit_entry
from cliply.db.members import add_member, find_owner
from cliply.db.models import ApiToken, Member
from cliply.db.session import now
from cliply.db.system import system_session
from cliply.db.users import add_user, find_user_by_email
from cliply.db.workspaces import lock_workspaces
from cliply.domain.access import Permission, Role
from cliply.domain.ids import ApiTokenId, UserId, WorkspaceId
from cliply.errors import NotAllowed, NotFound
from cliply.identity.callers import API_TOKEN_PREFIX, hash_token
from cliply.identity.members import get_own
from cliply.identity.names import normalise_name
from cliply.identity.origins import Origin

TOKEN_BYTES = 32
SHOWN_CHARACTERS = len(API_TOKEN_PREFIX) + 5
"""How much is kept of a token to recognise it by: 30 of its 256 random bits."""

MAX_DAYS = 365
LOCAL_EMAIL = "owner@localhost"
"""No address that anybody can register or sign in with."""


@dataclass(frozen=True)
class TokenWish:
    """What a token is to be."""

    name: str
    scopes: frozenset[Permission]
    days: int | None
    """Until it expires, 1 to `MAX_DAYS`; None for never."""


@dataclass(frozen=True)
class TokenMade:
    """A token's row and the token itself, which is nowhere else."""

    row: ApiToken
    token: str


def make_api_token(
    session: Session, user_id: UserId, allowed: Collection[Permission], wish: TokenWish
) -> TokenMade:
    """A token that acts for a member of the pinned workspace.

    `allowed` is what its maker may: no token may do more. Raises NotAllowed and InvalidInput.
    """
    beyond = sorted(wish.scopes - set(allowed))
    if beyond:
        raise NotAllowed(f"You may not do this yourself: {', '.join(beyond)}. Leave it out.")
    return _added(session, get_own(session, user_id), wish)


def _added(session: Session, member: Member, wish: TokenWish) -> TokenMade:
    token = API_TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    row = ApiToken(
        id=ApiTokenId(uuid4()),
        workspace_id=member.workspace_id,
        user_id=member.user_id,
        name=normalise_name(wish.name),
        prefix=token[:SHOWN_CHARACTERS],
        token_hash=hash_token(token),
        scopes=sorted(scope.value for scope in wish.scopes),
        expires_at=None if wish.days is None else now(session) + timedelta(days=wish.days),
    )
    return TokenMade(add_api_token(session, row), token)


def revoke_api_token(session: Session, token_id: ApiTokenId) -> ApiToken:
    """It is good for nothing any more; doing it again changes nothing. Raises NotFound."""
    row = get_api_token(session, token_id)
    row.revoked_at = row.revoked_at or now(session)
    session.flush()
    return row


def make_first_token(system: Engine, workspace_id: WorkspaceId, wish: TokenWish) -> TokenMade:
    """A token of a workspace's owner, for whoever has the installation itself.

    A workspace without an owner gets one who can not sign in. Raises NotFound.
    """
    with system_session(system) as session:
        if not lock_workspaces(session, [workspace_id]):
            raise NotFound(f"There is no workspace {workspace_id}.")
        owner = find_owner(session, workspace_id) or _local_owner(session, workspace_id)
        made = _added(session, owner, wish)
        entry = Origin().entry(
            workspace_id, owner.user_id, "token.create", "token", made.row.id, name=made.row.name
        )
        add_audit_entry(session, entry)
        return made


def _local_owner(session: Session, workspace_id: WorkspaceId) -> Member:
    added = add_user(session, UserId(uuid4()), LOCAL_EMAIL, "Local owner", None)
    user = added or find_user_by_email(session, LOCAL_EMAIL)
    if user is None:
        raise NotFound("The local owner was removed just now; try again.")
    return add_member(session, workspace_id, user.id, Role.owner)
