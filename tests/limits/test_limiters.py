"""One contract for the counters in Postgres and in Redis."""

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine

from cliply.errors import ErrorCode, Unavailable
from cliply.limits.postgres import PostgresLimiter
from cliply.limits.redis import RedisLimiter
from cliply.limits.rules import RateLimiter, RateRule
from tests.limits.hitting import OPENINGS, Opening, hit_often, open_postgres, open_redis
from tests.limits.redis_server import running_redis

LONG = RateRule("long", 20, 3600)
SHORT = RateRule("short", 4, 1)
BURST = RateRule("burst", 4, 2)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, running_redis(Path(folder)) as url:
        yield url


@pytest.fixture(params=["postgres", "redis"])
def place(request: pytest.FixtureRequest) -> tuple[Opening, str]:
    """How a limiter is opened, and at what address."""
    if request.param == "redis":
        return open_redis, request.getfixturevalue("redis_url")
    engine: Engine = request.getfixturevalue("system_engine")
    return open_postgres, engine.url.render_as_string(hide_password=False)


@pytest.fixture
def limiter(place: tuple[Opening, str]) -> Iterator[Any]:
    opening, url = place
    opened: Any = opening(url)
    yield opened
    opened.close()


@pytest.fixture
def who() -> str:
    return f"user:{uuid4()}"


def test_exactly_the_limit_is_allowed(limiter: RateLimiter, who: str) -> None:
    states = [limiter.hit(LONG, who) for _ in range(25)]

    assert [state.is_allowed for state in states] == [True] * 20 + [False] * 5
    assert [state.remaining for state in states] == [*range(19, -1, -1), 0, 0, 0, 0, 0]
    assert all(1 <= state.reset_s <= 2 * LONG.window_s for state in states)


def test_two_keys_and_two_rules_do_not_share_a_counter(limiter: RateLimiter, who: str) -> None:
    for _ in range(20):
        limiter.hit(LONG, who)

    assert limiter.hit(LONG, f"{who}0").is_allowed
    assert limiter.hit(RateRule("other", 20, 3600), who).is_allowed
    assert not limiter.hit(LONG, who).is_allowed


def test_a_burst_at_the_end_of_a_window_leaves_no_room_in_the_next(
    limiter: RateLimiter, who: str
) -> None:
    left_s = BURST.window_s - time.time() % BURST.window_s
    time.sleep(left_s - 0.4 if left_s > 0.4 else left_s + 1.6)
    before = [limiter.hit(BURST, who).is_allowed for _ in range(4)]
    time.sleep(BURST.window_s - time.time() % BURST.window_s + 0.05)

    assert before == [True] * 4
    assert not limiter.hit(BURST, who).is_allowed


def test_who_waits_as_long_as_told_is_let_in(limiter: RateLimiter, who: str) -> None:
    states = [limiter.hit(SHORT, who) for _ in range(5)]
    time.sleep(states[-1].reset_s)

    assert not states[-1].is_allowed
    assert limiter.hit(SHORT, who).is_allowed


def test_refused_requests_do_not_prolong_the_wait(limiter: RateLimiter, who: str) -> None:
    for _ in range(4):
        limiter.hit(SHORT, who)
    ends = time.monotonic() + limiter.hit(SHORT, who).reset_s
    while time.monotonic() < ends:
        limiter.hit(SHORT, f"{who}") if time.monotonic() < ends - 0.5 else time.sleep(0.02)

    assert limiter.hit(SHORT, who).is_allowed


def test_odd_names_are_counted_like_others(limiter: RateLimiter) -> None:
    odd = f"{uuid4()}\0é{'x' * 5000}"

    assert [limiter.hit(RateRule("odd", 1, 3600), odd).is_allowed for _ in range(2)] == [
        True,
        False,
    ]


def test_four_processes_together_get_exactly_the_limit(
    place: tuple[Opening, str], who: str
) -> None:
    opening, url = place
    name = next(known for known, one in OPENINGS.items() if one is opening)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.limits.hitting"])
    results = context.Queue()
    processes = [
        context.Process(target=hit_often, args=(name, url, who, 60, results)) for _ in range(4)
    ]
    for process in processes:
        process.start()
    allowed = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()

    assert sum(allowed) == 100
    assert all(process.exitcode == 0 for process in processes)


@pytest.mark.parametrize(
    "closed",
    [
        lambda: PostgresLimiter(
            create_engine(URL.create("postgresql+psycopg", host="/nowhere", database="x"))
        ),
        lambda: RedisLimiter(SecretStr("redis+unix:///nowhere/redis.sock")),
    ],
    ids=["postgres", "redis"],
)
def test_counters_that_do_not_answer_let_nobody_in(closed: Callable[[], Any]) -> None:
    limiter = closed()

    with pytest.raises(Unavailable) as caught:
        limiter.hit(LONG, "user:x")
    assert caught.value.code is ErrorCode.limits_unavailable
    limiter.close()
