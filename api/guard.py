"""The innermost layer: what no route should have to expect is refused, what it lets out caught."""

import asyncio
import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cliply.errors import ErrorCode

OF_ANY_HOST = frozenset({"/api/health", "/api/readyz", "/metrics"})
"""Load balancers and Prometheus come by address; what they get names no host."""

NOT_ACCEPTED: Message = {"type": "websocket.close"}
"""Before a socket was accepted: the handshake is answered with 403."""

BODY_PAUSE_S = 30.0
"""A body may stop arriving for that long: phones change networks."""


class Guard:
    """Answers in the envelope where routing has not begun, or has failed.

    It stands inside of CORS, so that a web page can read these answers, too.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        streamed: tuple[str, ...] = (),
        hosts: tuple[str, ...] = (),
        pause_s: float = BODY_PAUSE_S,
    ) -> None:
        """Paths below `streamed` take bodies of any length and limit them themselves.

        `hosts` are the names that are answered to, `*.example.com` for all below one; none
        answers to all.
        """
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._streamed = streamed
        self._hosts = hosts
        self._pause_s = pause_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not self._is_for_us(scope):
            await send(NOT_ACCEPTED)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = _Begun(send)
        try:
            self._look_at(scope)
            await self._app(scope, self._limited(scope, receive), begun.send)
        except _Refused as refused:
            await begun.refuse(scope, refused)
        except Exception as error:  # the boundary: answered here, logged by who observes
            scope["state"]["error"] = error
            failed = _Refused(
                500, ErrorCode.internal, "Something failed on our side; tell us the trace id."
            )
            await begun.refuse(scope, failed)

    def _look_at(self, scope: Scope) -> None:
        """Raises what is wrong with the head of the request."""
        if not self._is_for_us(scope):
            raise _Refused(
                400, ErrorCode.request_invalid, "The Host of the request is not one of ours."
            )
        if "\0" in scope["path"]:
            raise _Refused(404, ErrorCode.route_unknown, "There is no route with a NUL in it.")
        if b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
            raise _Refused(
                422, ErrorCode.request_invalid, "NUL characters are not allowed in the query."
            )
        if _header(scope, b"content-encoding", "identity").lower() != "identity":
            raise _Refused(
                415, ErrorCode.media_type_unsupported, "Send the body as it is, not compressed."
            )

    def _is_for_us(self, scope: Scope) -> bool:
        if not self._hosts or scope["path"] in OF_ANY_HOST:
            return True
        host = _header(scope, b"host")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.lower()
        return any(
            name.endswith(one[1:]) if one.startswith("*.") else name == one for one in self._hosts
        )

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """Receives as much as is allowed, whatever length was declared, and not for ever."""
        left = self._max_body_bytes
        is_streamed = scope["path"].startswith(self._streamed or ("\0",))
        if not is_streamed and _declared(scope) > left:
            raise self._too_large()
        is_whole = False

        async def counted() -> Message:
            nonlocal left, is_whole
            if is_whole:  # what comes after a body is only that the caller has gone
                return await receive()
            message = await self._soon(receive)
            left -= len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if left < 0 and not is_streamed:
                raise self._too_large()
            return message

        return counted

    async def _soon(self, receive: Receive) -> Message:
        try:
            async with asyncio.timeout(self._pause_s):
                return await receive()
        except TimeoutError:
            raise _Refused(
                408,
                ErrorCode.request_timeout,
                f"Nothing of the body came for {self._pause_s:g} s; send it again.",
            ) from None

    def _too_large(self) -> "_Refused":
        return _Refused(
            413,
            ErrorCode.body_too_large,
            f"The body has more than {self._max_body_bytes} bytes; send less.",
        )


class _Refused(BaseException):
    """Not for a route to catch: frameworks make a 400 of what fails while a body is read."""

    def __init__(self, status: int, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class _Begun:
    """Knows whether an answer was begun, after which there can not be another."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_begun = False

    async def send(self, message: Message) -> None:
        self._is_begun = True
        await self._send(message)

    async def refuse(self, scope: Scope, refused: _Refused) -> None:
        """Answer in place of the application; what was begun is broken off by the server."""
        if self._is_begun:
            return
        trace_id = scope["state"].get("request_id", "")
        detail = {"code": refused.code, "message": refused.message, "trace_id": trace_id}
        body = json.dumps({"error": detail}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await self.send(
            {"type": "http.response.start", "status": refused.status, "headers": headers}
        )
        await self.send({"type": "http.response.body", "body": body})


def _header(scope: Scope, name: bytes, otherwise: str = "") -> str:
    found = {one.lower(): value for one, value in scope["headers"]}.get(name)
    return otherwise if found is None else found.decode("latin-1")


def _declared(scope: Scope) -> int:
    """The Content-Length, 0 without one; servers refuse what is no number."""
    found = dict(scope["headers"]).get(b"content-length", b"0")
    return int(found) if found.isdigit() else 0
