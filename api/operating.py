"""A request of an operator: whose token it carries, and the transactions it runs in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from api.authentication import limited
from api.backend import Backend
from api.once import digest_of
from api.work import IDEMPOTENCY_KEY, answer_of
from cliply.db.idempotency_keys import claim_key
from cliply.domain.ids import JobId, WorkspaceId
from cliply.errors import Conflict, ErrorCode, NotAuthenticated
from cliply.limits.keys import of_address
from cliply.limits.rules import REQUESTS
from cliply.operations.desk import Desk, Operator, desk_of_job, desk_of_workspace
from cliply.operations.tokens import name_operator

OPERATOR = HTTPBearer(
    auto_error=False,
    scheme_name="OPERATOR_TOKEN",
    description="An operator's token, of which OPERATOR_TOKENS has the digest.",
)


@dataclass(frozen=True)
class Operation:
    """One request of an operator."""

    backend: Backend
    operator: Operator
    request: Request
    key: str | None = field(default=None, repr=False)

    @contextmanager
    def on_job(self, job_id: JobId) -> Iterator[Desk]:
        """Its workspace's transaction. Raises NotFound."""
        backend = self.backend
        with desk_of_job(backend.engine, backend.system, self.operator, job_id) as desk:
            yield desk

    @contextmanager
    def on_workspace(self, workspace_id: WorkspaceId) -> Iterator[Desk]:
        """For what operators alone may change. Raises NotFound."""
        with desk_of_workspace(self.backend.system, self.operator, workspace_id) as desk:
            yield desk

    def once(self, desk: Desk, make: Callable[[], BaseModel], *, status: int = 202) -> Response:
        """Do it, or answer again what was answered to the same `Idempotency-Key`.

        As for members: effect and answer are one transaction, that of the desk.
        """
        if self.key is None:
            return answer_of(make(), status, None)
        actor = f"operator:{self.operator.name}"
        digest = digest_of(self.request, b"")
        row = claim_key(desk.session, desk.workspace_id, actor, self.key, digest)
        if row.request_digest != digest:
            raise Conflict(
                "This Idempotency-Key came with another request before; use a new key.",
                ErrorCode.idempotency_key_reused,
            )
        if row.status is not None:
            replayed = {**(row.headers or {}), "Idempotent-Replayed": "true"}
            return Response((row.body or "").encode(), row.status, replayed)
        answer = answer_of(make(), status, None)
        row.status, row.body = answer.status_code, bytes(answer.body).decode()
        row.headers = {"content-type": answer.headers["content-type"]}
        desk.session.flush()
        return answer


def operation(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(OPERATOR)],
) -> Operation:
    """Raises NotAuthenticated, also where no operator has a token."""
    backend = cast(Backend, request.app.state.backend)
    limited(request, backend, REQUESTS, of_address(request.state.ip))
    if credentials is None:
        raise NotAuthenticated("Send `Authorization: Bearer` with an operator's token.")
    name = name_operator(credentials.credentials, backend.settings.operator_tokens)
    return Operation(backend, Operator(name, request.state.ip, request.state.request_id), request)


def acting(
    found: Annotated[Operation, Depends(operation)],
    key: Annotated[str | None, IDEMPOTENCY_KEY] = None,
) -> Operation:
    """The same for a POST, with its `Idempotency-Key`."""
    return Operation(found.backend, found.operator, found.request, key)


Looking = Annotated[Operation, Depends(operation)]
Acting = Annotated[Operation, Depends(acting)]
