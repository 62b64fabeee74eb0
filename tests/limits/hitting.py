"""What processes of a test do: open a limiter and hit it."""

from collections.abc import Callable
from typing import Any

from pydantic import SecretStr
from sqlalchemy import create_engine

from cliply.limits.postgres import PostgresLimiter
from cliply.limits.redis import RedisLimiter
from cliply.limits.rules import RateLimiter, RateRule

TOGETHER = RateRule("together", 100, 3600)

Opening = Callable[[str], RateLimiter]


def open_postgres(url: str) -> RateLimiter:
    return PostgresLimiter(create_engine(url))


def open_redis(url: str) -> RateLimiter:
    return RedisLimiter(SecretStr(url))


OPENINGS: dict[str, Opening] = {"postgres": open_postgres, "redis": open_redis}


def hit_often(name: str, url: str, who: str, times: int, results: Any) -> None:
    """Puts how many were allowed."""
    limiter = OPENINGS[name](url)
    results.put(sum(limiter.hit(TOGETHER, who).is_allowed for _ in range(times)))
