"""Counters in Redis, for installations of many machines."""

import math
import time
from typing import cast

from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import SecretStr
from redis import Redis
from redis.exceptions import RedisError

from cliply.errors import ErrorCode, Unavailable
from cliply.limits.keys import counter_key
from cliply.limits.rules import RateRule, RateState

TIMEOUT_S = 2.0


class RedisLimiter:
    """The log of every hit in a window, kept by a script in the server: two round trips a hit."""

    def __init__(self, url: SecretStr) -> None:
        """`redis://…`, `rediss://…` or `redis+unix://…`; nothing is connected yet."""
        self._storage = RedisStorage(
            url.get_secret_value(),
            key_prefix="cliply",
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
        )
        self._windows = MovingWindowRateLimiter(self._storage)

    def hit(self, rule: RateRule, who: str) -> RateState:
        """Count one request of `who`. Raises Unavailable when Redis does not answer."""
        item = RateLimitItemPerSecond(rule.limit, rule.window_s)
        key = counter_key(rule, who)
        try:
            is_allowed = self._windows.hit(item, key)
            ends_at_s, remaining = self._windows.get_window_stats(item, key)
        except RedisError as error:
            raise Unavailable(
                ErrorCode.limits_unavailable,
                "Requests can not be counted at the moment, so none is taken; try again.",
            ) from error
        reset_s = max(1, math.ceil(ends_at_s - time.time()))
        return RateState(rule, remaining if is_allowed else 0, reset_s, is_allowed)

    def close(self) -> None:
        """Give its connections back."""
        cast(Redis, self._storage.get_connection()).close()
