"""Bodies on their way into files, without ever being in memory as a whole."""

import asyncio
from typing import cast

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.raw_bodies import EXTENSION, LEND, Lend
from cliply.storage.partial import PartialFile

BATCH_BYTES = 4 * 1024 * 1024
"""Written at once, while the next batch arrives."""


async def receive_into(file: PartialFile, request: Request, size_bytes: int, pause_s: float) -> int:
    """Write the body behind what the file has; bytes that are missing of `size_bytes`.

    Below 0 when there are more. Whoever goes, or sends nothing for `pause_s`, leaves what has
    arrived. Where the server lends the body it has the declared length, which is to be looked at
    before.
    """
    extension = request.scope.get("extensions", {}).get(EXTENSION)
    if extension is None:
        return await _stream(file, request, size_bytes, pause_s)
    lend = cast(Lend, extension[LEND])
    try:
        with lend() as body:
            await body.pour_into(file, pause_s)
            return body.left_bytes
    except ClientDisconnect:
        return size_bytes


async def _stream(file: PartialFile, request: Request, size_bytes: int, pause_s: float) -> int:
    """The server's messages: one batch is written while the next one arrives."""
    pieces: list[bytes] = []
    gathered, room = 0, size_bytes
    loop = asyncio.get_running_loop()
    writing: asyncio.Future[None] = loop.create_future()
    writing.set_result(None)
    try:
        async with asyncio.timeout(pause_s) as patience:
            async for piece in request.stream():
                patience.reschedule(loop.time() + pause_s)
                pieces.append(piece)
                gathered += len(piece)
                room -= len(piece)
                if room < 0:
                    break
                if gathered >= BATCH_BYTES:
                    await writing
                    writing = asyncio.ensure_future(run_in_threadpool(file.write, pieces))
                    pieces, gathered = [], 0
    except (ClientDisconnect, TimeoutError):
        room = max(room, 1)
    finally:
        await asyncio.shield(writing)
    if room >= 0:
        await run_in_threadpool(file.write, pieces)
    return room
