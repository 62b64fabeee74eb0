"""What streams need of the server: to be told of its end, and to break a connection off."""

import logging
import resource
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

ABORT = "abort"
"""In the state of a request or socket: ends the connection without waiting for its reader."""
AT_SHUTDOWN = "at_shutdown"
"""In the state of a request: what the server calls when it is told to stop."""

MAX_MESSAGE_BYTES = 16_384
"""Of what clients send: a token, and pings."""
PING_EVERY_S = 20.0


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets that can be broken off, and whose addresses are not logged."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = logging.getLogger("uvicorn.sockets")

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        scope = getattr(self, "scope", None)
        if scope is not None:  # None when it was no handshake
            scope["state"][ABORT] = self.transport.abort


def break_off(state: dict[str, Any]) -> None:
    """End the connection at once; what was sent and not read is lost."""
    cast(Callable[[], None], state.get(ABORT, lambda: None))()


def allow_files(wanted: int) -> None:
    """Let this process and its children have so many files, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
