"""Rate limits: how many requests in which time (API-3)."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RateRule:
    """At most `limit` hits of one key at once, and then as many in `window_s` seconds."""

    name: str
    """Part of the counter's key: two rules never share one."""
    limit: int
    window_s: int


@dataclass(frozen=True)
class RateState:
    """Where a key stands after a hit."""

    rule: RateRule
    remaining: int
    """Hits that are left in the window, never below 0."""
    reset_s: int
    """Whole seconds until the window ends, at least 1 when nothing is left."""
    is_allowed: bool


class RateLimiter(Protocol):
    """Counts hits for all processes of the installation."""

    def hit(self, rule: RateRule, who: str) -> RateState:
        """Count one request of `who`. Raises Unavailable when the counters do not answer."""


LOGIN = RateRule("login", 5, 60)
"""By address."""

REGISTER = RateRule("register", 3, 3600)
"""By address."""

REQUESTS = RateRule("requests", 100, 60)
"""By user or API token, for all routes together."""

EXPENSIVE = {
    "jobs": RateRule("jobs", 30, 60),
    "search": RateRule("search", 30, 60),
    "uploads": RateRule("uploads", 30, 60),
    "renders": RateRule("renders", 60, 60),
}
"""By workspace, beside `REQUESTS`: routes that cost more than a query."""
