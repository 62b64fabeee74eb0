"""A job as server-sent events."""

import asyncio
import random
from contextlib import aclosing

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.metrics import IS_STREAM
from api.realtime.messages import HEARTBEAT, retry_hint
from api.realtime.streams import Stream
from api.realtime.watching import Tally, Wish, gone, opened, restarting, too_slow
from api.realtime.wire import AT_SHUTDOWN, break_off

MEDIA_TYPE = "text/event-stream"
RETRY_MS = 2000
"""After a connection was lost."""
RESTART_MS = (500, 3000)
"""After a restart: spread, so that not all come back at once."""


def wants_events(accept: str) -> bool:
    """Whether an `Accept` header asks for server-sent events."""
    kinds = [one.split(";")[0].strip().lower() for one in accept.split(",")]
    return MEDIA_TYPE in kinds


class EventStream(Response):
    """Goes on until the job is over, the watcher has gone or may not watch any more."""

    media_type = MEDIA_TYPE

    def __init__(self, wish: Wish) -> None:
        self.status_code = 200
        self.background = None
        self._wish = wish
        # Proxies are told to hand on what they get at once.
        self.init_headers({"X-Accel-Buffering": "no", "Cache-Control": "no-store"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises TooMany before anything was sent."""
        with opened(self._wish, HTTPConnection(scope), "sse") as (stream, tally):
            scope["state"][IS_STREAM] = True
            scope["state"][AT_SHUTDOWN] = lambda: stream.end(restarting())
            listening = asyncio.create_task(_listen(receive, stream))
            try:
                await self._play(stream, tally, send)
            except TimeoutError:
                stream.end(too_slow())
                break_off(scope["state"])
                await asyncio.wait([listening], timeout=1)
            finally:
                listening.cancel()

    async def _play(self, stream: Stream, tally: Tally, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        await _send(send, stream, retry_hint(RETRY_MS))
        async with aclosing(stream.batches()) as batches:
            async for batch in batches:
                await _send(send, stream, b"".join(one.as_sse for one in batch) or HEARTBEAT)
                tally.count(batch)
        is_restart = stream.reason is not None and stream.reason.code == restarting().code
        last = retry_hint(random.randint(*RESTART_MS)) if is_restart else b""
        await _send(send, stream, last, more=False)


async def _send(send: Send, stream: Stream, body: bytes, *, more: bool = True) -> None:
    """Raises TimeoutError when the reader does not take it."""
    async with asyncio.timeout(stream.pace.send_s):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _listen(receive: Receive, stream: Stream) -> None:
    """Until the watcher goes."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end(gone())
