"""Who watches, and whether they still may."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cliply.domain.access import Permission, Role, allows
from cliply.domain.ids import ApiTokenId, UserId
from cliply.errors import CliplyError, ErrorCode, NotAllowed, NotAuthenticated, NotFound


@dataclass(frozen=True)
class Watcher:
    """A member who was let in."""

    user_id: UserId
    token_id: ApiTokenId | None
    """The API token they used; None for a signed-in person."""
    scopes: frozenset[Permission] | None
    """What the API token is narrowed to."""
    expires_s: float | None
    """When the token expires, in Unix time; None for never."""


def objection(
    watcher: Watcher, roles: Mapping[UserId, Role], good_tokens: Collection[ApiTokenId]
) -> CliplyError | None:
    """Why the watcher may not go on, as members and tokens are now; None when they may."""
    role = roles.get(watcher.user_id)
    if role is None:
        return NotFound("You do not belong to this workspace any more.")
    if watcher.token_id is not None and watcher.token_id not in good_tokens:
        return NotAuthenticated("This API token was revoked.", ErrorCode.token_revoked)
    if not allows(role, watcher.scopes, Permission.jobs_read):
        return NotAllowed(f"A {role} may not do this ({Permission.jobs_read}).")
    return None


def expired() -> NotAuthenticated:
    return NotAuthenticated(
        "The token has expired; connect again with a new one and the id of the last event.",
        ErrorCode.token_expired,
    )
