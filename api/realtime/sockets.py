"""A job over a WebSocket: let in, told what happens, and closed with the reason."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from fastapi import Request, WebSocket
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import Field, TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api.backend import Backend
from api.errors import status_of
from api.realtime.hub import Hub
from api.realtime.messages import closing_message
from api.realtime.process import hub_of
from api.realtime.streams import Stream
from api.realtime.watching import (
    Tally,
    Wish,
    gone,
    log,
    opened,
    restarting,
    too_slow,
)
from api.realtime.wire import break_off
from api.schemas.base import Schema
from api.work import opened as work_opened
from cliply.db import jobs as job_rows
from cliply.domain.access import Permission
from cliply.domain.ids import JobId
from cliply.errors import (
    CliplyError,
    ErrorCode,
    InvalidInput,
    NotAuthenticated,
    NotFound,
)

PROTOCOL = "cliply.v1"
BEARER_PROTOCOL = "cliply.bearer."
"""Browsers can send no header with a WebSocket, but names of protocols."""

DONE, RESTARTING = 1000, 1012
REFUSED = 4000
"""And the HTTP status that a request would have been answered with: 4401, 4404, 4429 …"""

ENTERING = 4
"""Sockets that are let in at once; each holds a connection for it, and none afterwards."""

_ENTERING: RunVar[CapacityLimiter] = RunVar("entering")

EventId = Annotated[int, Field(ge=0, lt=2**63)]


class Auth(Schema):
    """The first message of who has sent no token with the request."""

    type: Literal["auth"]
    token: Annotated[str, Field(min_length=1, max_length=8000)]
    workspace_id: UUID | None = None
    last_event_id: EventId | None = None


class Ping(Schema):
    """Answered with `pong`."""

    type: Literal["ping"]


class Query(Schema):
    """What may be said in the address."""

    workspace_id: UUID | None = None
    last_event_id: EventId = 0


AUTH = TypeAdapter(Auth)
PING = TypeAdapter(Ping)
PONG = '{"type":"pong"}'


async def watch(socket: WebSocket, job_id: str) -> None:
    """Serve one socket from its handshake to its end."""
    backend = cast(Backend, socket.app.state.backend)
    if not _is_allowed(backend, socket.headers.get("origin")):
        await socket.close()  # before it was accepted: 403
        return
    hub = hub_of(socket.app)
    await socket.accept(subprotocol=_protocol(socket))
    try:
        wish = await _let_in(hub, socket, job_id)
        with opened(wish, socket, "ws") as (stream, tally):
            await _play(socket, stream, tally)
    except CliplyError as refusal:
        await _refuse(socket, refusal, hub.pace.send_s)
    except WebSocketDisconnect:
        return


def _is_allowed(backend: Backend, origin: str | None) -> bool:
    """Pages of other sites may not; programs send no origin."""
    if origin is None:
        return True
    own = urlsplit(backend.base_url)
    known = {*backend.settings.cors_origins, f"{own.scheme}://{own.netloc}"}
    return origin in known or "*" in known


def _protocol(socket: WebSocket) -> str | None:
    """A browser fails when it offers protocols and none is taken."""
    offered = socket.scope["subprotocols"]
    return PROTOCOL if PROTOCOL in offered else next(iter(offered), None)


async def _let_in(hub: Hub, socket: WebSocket, job_id: str) -> Wish:
    """Raises CliplyError, and WebSocketDisconnect."""
    query = _parsed(Query, dict(socket.query_params))
    token = _token_of(socket)
    if token is None:
        with hub.places.taken(f"address:{socket.state.ip}"):
            said = await _first_message(socket, hub.pace.auth_s)
        token = said.token
        given = said.model_dump(exclude={"type", "token"}, exclude_none=True)
        query = query.model_copy(update=given)
    enter = partial(_enter, socket, token, query, _job_id(job_id))
    return await to_thread.run_sync(enter, limiter=_entering())


def _parsed(kind: type[Query], given: dict[str, str]) -> Query:
    known = {name: value for name, value in given.items() if name in kind.model_fields}
    try:
        return kind.model_validate(known)
    except ValidationError as error:
        raise _faulty(error) from None


def _faulty(error: ValidationError) -> InvalidInput:
    """Names the faulty fields and never repeats what was sent: it may be a secret."""
    told = "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'message'}: {fault['msg']}"
        for fault in error.errors()
    )
    return InvalidInput(ErrorCode.request_invalid, f"{told[:1000]}.")


def _token_of(socket: WebSocket) -> str | None:
    kind, _, token = socket.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token.strip():
        return token.strip()
    offered: list[str] = socket.scope["subprotocols"]
    named = [name for name in offered if name.startswith(BEARER_PROTOCOL)]
    return named[0].removeprefix(BEARER_PROTOCOL) if named else None


async def _first_message(socket: WebSocket, within_s: float) -> Auth:
    try:
        async with asyncio.timeout(within_s):
            text = await socket.receive_text()
        return AUTH.validate_json(text)
    except TimeoutError:
        raise NotAuthenticated(
            f"No token came within {within_s:g} s; send an `auth` message first."
        ) from None
    except ValidationError as error:
        raise _faulty(error) from None
    except KeyError:
        raise InvalidInput(ErrorCode.request_invalid, "Send text, not bytes.") from None


def _job_id(text: str) -> JobId:
    try:
        return JobId(UUID(text))
    except ValueError:
        raise NotFound(f"There is no job {text[:100]}.") from None


def _entering() -> CapacityLimiter:
    known = _ENTERING.get(None)
    if known is None:
        known = CapacityLimiter(ENTERING)
        _ENTERING.set(known)
    return known


def _enter(socket: WebSocket, token: str, query: Query, job_id: JobId) -> Wish:
    """Like a request of a member. Raises CliplyError."""
    credentials = HTTPAuthorizationCredentials(scheme="Bearer", credentials=token)
    workspace = query.workspace_id or socket.headers.get("x-workspace-id")
    request = Request({**socket.scope, "type": "http", "method": "GET"})
    with work_opened(request, credentials, Permission.jobs_read, workspace, None) as work:
        job_rows.get_job(work.session, job_id)
        return Wish.of(work, job_id, query.last_event_id)


async def _play(socket: WebSocket, stream: Stream, tally: Tally) -> None:
    with _listening(socket, stream):
        async with aclosing(stream.batches()) as batches:
            async for batch in batches:
                try:
                    for message in batch:
                        await _send(socket, message.as_json, stream.pace.send_s)
                except TimeoutError:
                    stream.end(too_slow())
                    break_off(socket.scope["state"])
                    return
                tally.count(batch)
        if socket.client_state is WebSocketState.CONNECTED:
            await socket.close(*_ending(stream.reason))


async def _send(socket: WebSocket, text: str, within_s: float) -> None:
    """Raises TimeoutError when the reader does not take it."""
    async with asyncio.timeout(within_s):
        await socket.send_text(text)


@contextmanager
def _listening(socket: WebSocket, stream: Stream) -> Iterator[None]:
    """Answers pings, and ends the stream when the watcher goes or says what is not understood."""
    task = asyncio.create_task(_listen(socket, stream))
    try:
        yield
    finally:
        task.cancel()


async def _listen(socket: WebSocket, stream: Stream) -> None:
    try:
        while True:
            PING.validate_json(await socket.receive_text())
            await _send(socket, PONG, stream.pace.send_s)
    except WebSocketDisconnect as left:
        stream.end(restarting() if left.code == RESTARTING else gone())
    except ValidationError as error:
        stream.end(_faulty(error))
    except (KeyError, TimeoutError):
        stream.end(InvalidInput(ErrorCode.request_invalid, "Send nothing but pings."))


def _ending(reason: CliplyError | None) -> tuple[int, str]:
    """Close code and reason: the machine code of the error."""
    if reason is None:
        return DONE, "over"
    return REFUSED + status_of(reason), reason.code


async def _refuse(socket: WebSocket, refusal: CliplyError, within_s: float) -> None:
    """Tell why, then close with the same reason."""
    log.info("stream refused", request_id=socket.state.request_id, code=refusal.code)
    try:
        await _send(socket, closing_message(refusal).as_json, within_s)
        await socket.close(*_ending(refusal))
    except (WebSocketDisconnect, TimeoutError):
        break_off(socket.scope["state"])
