"""A request of a member: who asks, what they may, and the one transaction it runs in."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, cast
from uuid import UUID

from anyio import Semaphore
from anyio.lowlevel import RunVar
from fastapi import Depends, Header, Request, Response
from fastapi.concurrency import contextmanager_in_threadpool, run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from api.authentication import authenticated, limited, workspace_of
from api.backend import Backend
from api.once import claim, digest_of
from cliply.db.models import AuditEntry
from cliply.db.session import (
    member_connection,
    member_session,
    session_within,
    workspace_session,
)
from cliply.domain.access import Permission, Role, allows
from cliply.domain.ids import ApiTokenId, UserId, WorkspaceId
from cliply.errors import NotAllowed, NotFound
from cliply.identity.callers import Bearer
from cliply.identity.origins import Origin
from cliply.limits.keys import of_address
from cliply.limits.rules import EXPENSIVE, RateRule

OPEN_AT_ONCE = 12
"""Transactions of members in one process: fewer than connections, and than threads."""

_PLACES: RunVar[Semaphore] = RunVar("places")
"""Of this event loop."""

BEARER = HTTPBearer(auto_error=False, description="An access token, or an API token.")


@dataclass(frozen=True)
class Caller:
    """Who asks, in which workspace."""

    user_id: UserId
    token_id: ApiTokenId | None
    """The API token they used; None for a signed-in person."""
    workspace_id: WorkspaceId
    role: Role
    scopes: frozenset[Permission] | None
    """What the API token is narrowed to; None for all that the role may."""
    ip: str
    request_id: str

    @property
    def actor(self) -> str:
        return f"token:{self.token_id}" if self.token_id else f"user:{self.user_id}"

    def may(self, permission: Permission) -> bool:
        return allows(self.role, self.scopes, permission)


@dataclass
class Work:
    """One request of a member. Its transaction is committed before the answer is sent."""

    backend: Backend
    caller: Caller
    place: Session | Connection
    """Pinned to the caller's workspace; a read has a bare connection."""
    request: Request
    key: str | None = field(default=None, repr=False)
    ending: ExitStack = field(default_factory=ExitStack, repr=False)
    """Ends within the transaction."""

    @cached_property
    def session(self) -> Session:
        """The same as a session, which most reads do without."""
        if isinstance(self.place, Session):
            return self.place
        return self.ending.enter_context(session_within(self.place))

    def record(
        self, action: str, resource: str, resource_id: object = None, **details: Any
    ) -> None:
        """Write to the audit log, with the transaction: `record("job.create", "job", job.id)`."""
        self.session.add(self.entry(action, resource, resource_id, **details))

    def entry(
        self, action: str, resource: str, resource_id: object = None, **details: Any
    ) -> AuditEntry:
        """What `record` writes, for what has a transaction of its own."""
        caller = self.caller
        return AuditEntry(
            workspace_id=caller.workspace_id,
            actor_id=caller.user_id,
            token_id=caller.token_id,
            action=action,
            resource_type=resource,
            resource_id=None if resource_id is None else str(resource_id),
            ip=caller.ip,
            request_id=caller.request_id,
            details=details,
        )

    def limit(self, name: str) -> None:
        """Count against one of the `EXPENSIVE` rules. Raises TooMany."""
        limited(
            self.request, self.backend, EXPENSIVE[name], f"workspace:{self.caller.workspace_id}"
        )

    def once(
        self,
        make: Callable[[], BaseModel | None],
        *,
        body: BaseModel | None = None,
        status: int | Callable[[], int] = 201,
        headers: Callable[[Any], Mapping[str, str]] | None = None,
    ) -> Response:
        """Do it, or answer again what was answered to the same `Idempotency-Key`.

        The effect and its answer are written in one transaction: `make` works on
        `self.session` alone. `headers` are made from the answer, and a `status` that depends
        on what was done is asked for after it. Raises Conflict
        (IDEMPOTENCY_KEY_REUSED) for a key that came with another request.
        """
        if self.key is None:
            return answer_of(make(), status, headers)
        content = b"" if body is None else body.model_dump_json().encode()
        row = claim(self.session, self.caller, self.key, digest_of(self.request, content))
        if row.status is None:
            answer = answer_of(make(), status, headers)
            row.status = answer.status_code
            row.body = bytes(answer.body).decode()
            row.headers = {
                name: value for name, value in answer.headers.items() if name != "content-length"
            }
            self.session.flush()
            return answer
        replayed = {**(row.headers or {}), "Idempotent-Replayed": "true"}
        return Response((row.body or "").encode(), row.status, replayed)


def answer_of(
    made: BaseModel | None,
    wanted: int | Callable[[], int],
    headers: Callable[[Any], Mapping[str, str]] | None,
) -> Response:
    status = wanted() if callable(wanted) else wanted
    if made is None:
        return Response(status_code=status)
    extra = dict(headers(made)) if headers else {}
    return Response(made.model_dump_json(), status, extra, media_type="application/json")


@dataclass(frozen=True)
class Entering:
    """A read that `MemberRoute` begins, in the thread that answers it."""

    context: "AbstractContextManager[Work | SignedIn]"


READS = frozenset({"GET", "HEAD"})

IDEMPOTENCY_KEY = Header(
    alias="Idempotency-Key",
    min_length=1,
    max_length=200,
    pattern=r"^[!-~]+$",
    description="Makes the request safe to send again: for 24 hours the same key with the same "
    "body gives the same answer, and has one effect.",
)
WORKSPACE_ID = Header(
    alias="X-Workspace-Id",
    description="Which workspace is meant; without it the one of the API token, or your first.",
)


def needs(permission: Permission) -> Any:
    """The dependency of a member's route: `work: Annotated[Work, needs(Permission.jobs_read)]`."""

    async def work(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
        workspace: Annotated[UUID | None, WORKSPACE_ID] = None,
    ) -> AsyncIterator[Work | Entering]:
        entering = opened(request, credentials, permission, workspace, None)
        if request.method in READS:
            async with _places():
                yield Entering(entering)
        else:
            async with _admitted(entering) as found:
                yield found

    return _marked(work, permission)


def creates(permission: Permission) -> Any:
    """The same for a POST that creates or spends: it takes an `Idempotency-Key`.

    The route answers with `work.once(…)`.
    """

    async def work(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
        workspace: Annotated[UUID | None, WORKSPACE_ID] = None,
        key: Annotated[str | None, IDEMPOTENCY_KEY] = None,
    ) -> AsyncIterator[Work]:
        async with _admitted(opened(request, credentials, permission, workspace, key)) as found:
            yield found

    return _marked(work, permission)


@asynccontextmanager
async def _admitted(entering: AbstractContextManager[Work]) -> AsyncIterator[Work]:
    """Enter in a thread, once one of the `OPEN_AT_ONCE` places is free.

    Whoever waited for a connection would hold one of the threads meanwhile, of which those
    with a connection need another to come to their end: with all threads waiting, none did.
    """
    async with _places(), contextmanager_in_threadpool(entering) as found:
        yield found


def _places() -> Semaphore:
    try:
        return _PLACES.get()
    except LookupError:
        _PLACES.set(Semaphore(OPEN_AT_ONCE))
        return _PLACES.get()


def _marked(work: Any, permission: Permission) -> Any:
    """Tests read what a route needs from its dependency."""
    work.permission = permission
    return Depends(work, scope="function")


@dataclass
class SignedIn:
    """One request of a signed-in person, in no workspace."""

    backend: Backend
    bearer: Bearer
    request: Request
    key: str | None = field(default=None, repr=False)

    @property
    def user_id(self) -> UserId:
        return self.bearer.user_id

    @contextmanager
    def entering(self, workspace_id: WorkspaceId, role: Role) -> Iterator[Work]:
        """The transaction in a workspace that was made for this person just now."""
        state = self.request.state
        state.workspace_id = str(workspace_id)
        caller = Caller(self.user_id, None, workspace_id, role, None, state.ip, state.request_id)
        with workspace_session(self.backend.engine, workspace_id) as session:
            yield Work(self.backend, caller, session, self.request, self.key)


def signed_in(*, takes_tokens: bool = False) -> Any:
    """The dependency of a route without a workspace: `person: Annotated[SignedIn, signed_in()]`.

    API tokens belong to one workspace, so they are refused unless the route takes them.
    """

    async def person(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    ) -> SignedIn | Entering:
        if request.method in READS:
            return Entering(_entered_person(request, credentials, takes_tokens))
        return await run_in_threadpool(_person, request, credentials, takes_tokens, None)

    return Depends(person)


def signed_in_creating() -> Any:
    """The same for a POST that creates: it takes an `Idempotency-Key`."""

    def person(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
        key: Annotated[str | None, IDEMPOTENCY_KEY] = None,
    ) -> SignedIn:
        return _person(request, credentials, False, key)

    return Depends(person)


@contextmanager
def _entered_person(
    request: Request, credentials: HTTPAuthorizationCredentials | None, takes_tokens: bool
) -> Iterator[SignedIn]:
    yield _person(request, credentials, takes_tokens, None)


def _person(
    request: Request,
    credentials: HTTPAuthorizationCredentials | None,
    takes_tokens: bool,
    key: str | None,
) -> SignedIn:
    backend = cast(Backend, request.app.state.backend)
    bearer = authenticated(request, credentials)
    if bearer.token_id is not None and not takes_tokens:
        raise NotAllowed("An API token may not do this; sign in.")
    return SignedIn(backend, bearer, request, key)


def origin_of(request: Request) -> Origin:
    """Where a request came from, for sign-ins and the audit log."""
    state = request.state
    return Origin(state.ip, state.request_id, request.headers.get("user-agent"))


def by_address(rule: RateRule) -> Any:
    """Counts requests to a route that nobody has signed in for: `dependencies=[by_address(…)]`."""

    def count(request: Request) -> None:
        backend = cast(Backend, request.app.state.backend)
        limited(request, backend, rule, of_address(request.state.ip))

    return Depends(count)


@contextmanager
def opened(
    request: Request,
    credentials: HTTPAuthorizationCredentials | None,
    permission: Permission,
    workspace: Any,
    key: str | None,
) -> Iterator[Work]:
    """Authenticate, limit and authorise, then hand out the transaction."""
    backend = cast(Backend, request.app.state.backend)
    bearer = authenticated(request, credentials)
    named = request.path_params.get("workspace_id", workspace)
    workspace_id = workspace_of(backend, bearer, named)
    entered = member_connection if request.method in READS else member_session
    with entered(backend.engine, workspace_id, bearer.user_id) as (place, role), ExitStack() as end:
        if role is None:
            raise NotFound(f"There is no workspace {workspace_id} that you belong to.")
        caller = Caller(
            bearer.user_id,
            bearer.token_id,
            workspace_id,
            role,
            bearer.scopes,
            request.state.ip,
            request.state.request_id,
        )
        request.state.workspace_id = str(workspace_id)
        if not caller.may(permission):
            raise NotAllowed(_refusal(caller, permission))
        yield Work(backend, caller, place, request, key, end)


def _refusal(caller: Caller, permission: Permission) -> str:
    if allows(caller.role, None, permission):
        return f"This API token has no scope {permission}; make one that has."
    return f"A {caller.role} may not do this ({permission}); ask an admin of the workspace."
