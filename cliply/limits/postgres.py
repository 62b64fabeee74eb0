"""Counters in the database that is there anyway."""

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cliply.db.rate_windows import count_hit, open_counters
from cliply.errors import ErrorCode, Unavailable
from cliply.limits.keys import counter_key
from cliply.limits.rules import RateRule, RateState
from cliply.limits.windows import state_after


class PostgresLimiter:
    """Two rows for each key, in a table that is not written ahead; one round trip a hit."""

    def __init__(self, system: Engine) -> None:
        """Logs in like `system`, with connections of its own."""
        self._engine = open_counters(system.url)

    def hit(self, rule: RateRule, who: str) -> RateState:
        """Count one request of `who`. Raises Unavailable when the database does not answer."""
        try:
            with self._engine.connect() as connection:
                counted = count_hit(connection, counter_key(rule, who), rule.limit, rule.window_s)
        except SQLAlchemyError as error:
            raise Unavailable(
                ErrorCode.limits_unavailable,
                "Requests can not be counted at the moment, so none is taken; try again.",
            ) from error
        return state_after(rule, counted)

    def close(self) -> None:
        """Give its connections back."""
        self._engine.dispose()
