"""Queries for rate windows, on connections of their own."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import URL, Connection, Engine, create_engine, delete, text
from sqlalchemy.orm import Session

from cliply.db.models import RateWindow
from cliply.db.session import CONNECT_TIMEOUT_S

HIT = text(
    # The clock is the database's, which all processes share.
    "with clock as ("
    " select extract(epoch from statement_timestamp())::float8 / :window_s as place),"
    " windows as ("
    "  select floor(place)::bigint as number, place - floor(place) as passed from clock),"
    " former as ("
    "  select number, passed, coalesce((select hits from rate_windows"
    "   where key = :key || '/' || (number - 1)), 0) as hits from windows),"
    " hit as ("
    "  insert into rate_windows as present (key, hits, expires_at)"
    "  select :key || '/' || number, 1, to_timestamp((number + 2) * :window_s) from former"
    "  where hits * (1 - passed) + 1 <= :limit"
    "  on conflict (key) do update set hits = present.hits + 1 where present.hits + 1 <="
    "   :limit - (select hits * (1 - passed) from former)"
    "  returning hits)"
    " select hit.hits, former.hits, former.passed, coalesce((select hits from rate_windows"
    "  where key = :key || '/' || number), 0)"
    " from former left join hit on true"
)
"""One statement: the row of the present window is locked while it is compared and raised."""


@dataclass(frozen=True)
class Counted:
    """What the counters of one key say after a hit."""

    is_allowed: bool
    former: int
    """Hits of the window before."""
    present: int
    """Hits of this window, with this one if it was allowed."""
    passed: float
    """How much of this window is over, 0 to 1."""


def open_counters(url: URL) -> Engine:
    """A small pool of its own, so that a request that waits for rows never holds up counting."""
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=4,
        max_overflow=4,
        pool_timeout=5,
        pool_pre_ping=True,
        # No options: poolers refuse them. A commit that changed unlogged tables alone waits for
        # no disk, whatever synchronous_commit says.
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "cliply limits"},
    )


def count_hit(connection: Connection, key: str, limit: int, window_s: int) -> Counted:
    """Count one more unless that makes more than `limit`; refused hits leave no trace."""
    asked = {"key": key, "limit": limit, "window_s": window_s}
    hits, former, passed, seen = connection.execute(HIT, asked).one()
    if hits is not None:
        return Counted(True, former, hits, passed)
    return Counted(False, former, seen, passed)


def delete_windows_before(session: Session, moment: datetime) -> int:
    """Forget windows that count for nothing any more; needs a system session."""
    deleted = session.execute(delete(RateWindow).where(RateWindow.expires_at < moment))
    return deleted.rowcount  # type: ignore[attr-defined,no-any-return]
