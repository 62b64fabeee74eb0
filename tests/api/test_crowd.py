"""Many requests at once in one process: they wait for each other and all come to their end."""

import asyncio
from collections.abc import Callable

import httpx
from fastapi import FastAPI

from cliply.db.session import MAX_OVERFLOW, POOL_SIZE
from cliply.domain.access import Role
from tests.api.clients import Person

THREADS = 40
"""Of an event loop."""

CROWD = 2 * (THREADS + POOL_SIZE + MAX_OVERFLOW)


def test_more_requests_than_threads_and_connections_are_all_answered(
    app: FastAPI, member: Callable[[Role], Person]
) -> None:
    headers = member(Role.viewer).headers

    async def ask_all() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            asked = [client.get("/api/jobs", headers=headers) for _ in range(CROWD)]
            return await asyncio.wait_for(asyncio.gather(*asked), 20)

    assert {answer.status_code for answer in asyncio.run(ask_all())} == {200}
