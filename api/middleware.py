"""What frames every request: its id, the caller's address, headers of the answer, the end."""

import re
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-site",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
"""On every answer that does not set them itself."""

HSTS = "max-age=31536000; includeSubDomains"

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")

OnAnswer = Callable[[int, float], None]
"""Told how a request ended: status (0 when it was never answered) and seconds."""

OnRequest = Callable[[Scope], OnAnswer]
"""Told of every request when it begins, when `scope["state"]` has its id and address."""


class Frame:
    """The outermost layer: every answer passes it, whoever gave it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        trusted: tuple[str, ...] = (),
        is_secure: bool = False,
        on_request: OnRequest | None = None,
    ) -> None:
        """Only proxies in the `trusted` networks are believed whom they speak for."""
        self._app = app
        self._trusted = [ip_network(one, strict=False) for one in trusted]
        self._headers = SECURITY_HEADERS | (
            {"Strict-Transport-Security": HSTS} if is_secure else {}
        )
        self._on_request = on_request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        state = scope.setdefault("state", {})
        given = {name.lower(): value for name, value in scope["headers"]}
        state["request_id"] = _request_id(given)
        state["ip"] = self._ip(scope, given)
        if scope["type"] == "websocket":  # has no answer that ends; its route logs it
            await self._app(scope, receive, send)
            return
        on_answer = self._on_request(scope) if self._on_request is not None else None
        answer = _Answer(send, state, self._headers)
        try:
            await self._app(scope, receive, answer.send)
        finally:
            if on_answer is not None:
                on_answer(answer.status, time.perf_counter() - began)

    def _ip(self, scope: Scope, given: dict[bytes, bytes]) -> str:
        """The nearest address that is no proxy of ours; a forwarded one only from a proxy."""
        nearest = _address(scope["client"][0]) if scope.get("client") else None
        forwarded = given.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        for text in reversed([part.strip() for part in forwarded if part.strip()]):
            if nearest is None or not any(nearest in network for network in self._trusted):
                break
            nearest = _address(text)
        return "unknown" if nearest is None else str(nearest)


class _Answer:
    """Adds what every answer has, and knows its status."""

    def __init__(self, send: Send, state: dict[str, Any], headers: dict[str, str]) -> None:
        self._send = send
        self._state = state
        self._headers = headers
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", []), *self._missing(message)]
        await self._send(message)

    def _missing(self, message: Message) -> list[tuple[bytes, bytes]]:
        there = {name.lower() for name, _ in message.get("headers", [])}
        extra = {**self._headers, "X-Request-Id": self._state["request_id"], **self._rate()}
        pairs = [(name.lower().encode(), value.encode()) for name, value in extra.items()]
        return [pair for pair in pairs if pair[0] not in there]

    def _rate(self) -> dict[str, str]:
        """RateLimit header fields (draft-ietf-httpapi-ratelimit-headers-07)."""
        state = self._state.get("rate")
        if state is None:
            return {}
        return {
            "RateLimit-Limit": str(state.rule.limit),
            "RateLimit-Remaining": str(state.remaining),
            "RateLimit-Reset": str(state.reset_s),
            "RateLimit-Policy": f"{state.rule.limit};w={state.rule.window_s}",
        }


def in_turn(parts: Sequence[OnRequest]) -> OnRequest:
    """All of them are told: of a request's begin in this order, of its end in reverse."""

    def on_request(scope: Scope) -> OnAnswer:
        told = [part(scope) for part in parts]

        def on_answer(status: int, seconds: float) -> None:
            for one in reversed(told):
                one(status, seconds)

        return on_answer

    return on_request


def route_of(scope: Scope) -> str:
    """The route's template, as in `/api/jobs/{job_id}`: paths have ids, and are countless."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def _request_id(given: dict[bytes, bytes]) -> str:
    """The trace id of a W3C `traceparent`, the caller's own id, or a new one."""
    parts = given.get(b"traceparent", b"").decode("latin-1").split("-")
    if len(parts) == 4 and TRACE_ID.fullmatch(parts[1]):
        return parts[1]
    own = given.get(b"x-request-id", b"").decode("latin-1")
    return own if REQUEST_ID.fullmatch(own) else uuid4().hex


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """One form for each address: `::ffff:192.0.2.1` is 192.0.2.1."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
