"""Whose request it is, how many they have sent, and which workspace they mean."""

from typing import Any, cast
from uuid import UUID

from fastapi import Request
from fastapi.security import HTTPAuthorizationCredentials

from api.backend import Backend
from cliply.domain.ids import WorkspaceId
from cliply.errors import NotAuthenticated, NotFound, TooMany
from cliply.identity.callers import Bearer, first_workspace, read_bearer
from cliply.limits.rules import REQUESTS, RateRule


def authenticated(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Bearer:
    """Whose token the request carries, counted against `REQUESTS`.

    Raises NotAuthenticated and TooMany.
    """
    backend = cast(Backend, request.app.state.backend)
    if credentials is None:
        raise NotAuthenticated("Send `Authorization: Bearer` with an access or API token.")
    bearer = read_bearer(backend.access_tokens, backend.system, credentials.credentials)
    request.state.user_id = str(bearer.user_id)
    request.state.expires_s = bearer.expires_s
    rule = RateRule(REQUESTS.name, backend.settings.requests_per_minute, REQUESTS.window_s)
    limited(request, backend, rule, bearer.who)
    return bearer


def limited(request: Request, backend: Backend, rule: RateRule, who: str) -> None:
    """Count a request; its state goes into the answer's headers. Raises TooMany."""
    if backend.limiter is None:
        return
    state = backend.limiter.hit(rule, who)
    told = getattr(request.state, "rate", None)
    if told is None or state.remaining <= told.remaining:
        request.state.rate = state
    if not state.is_allowed:
        raise TooMany(
            f"At most {rule.limit} requests of this kind are taken in {rule.window_s} s; "
            f"try again in {state.reset_s} s.",
            state.reset_s,
        )


def workspace_of(backend: Backend, bearer: Bearer, named: Any) -> WorkspaceId:
    """The workspace that is named, or that of the token, or the caller's first.

    Whether they belong to it is for its transaction to say. Raises NotFound.
    """
    if named is not None and not isinstance(named, UUID):
        try:
            named = UUID(str(named))
        except ValueError:
            raise NotFound(f"There is no workspace {named} that you belong to.") from None
    if bearer.workspace_id is not None:
        if named is not None and named != bearer.workspace_id:
            raise NotFound(f"There is no workspace {named} that this API token is for.")
        return bearer.workspace_id
    if named is not None:
        return WorkspaceId(named)
    found = first_workspace(backend.system, bearer.user_id)
    if found is None:
        raise NotFound("You belong to no workspace; make one with POST /api/workspaces.")
    return found
