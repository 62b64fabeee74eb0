"""Deletes what has had its time, a few thousand rows at once; needs a system session."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

BATCH = 5_000
"""So few that nobody waits for their locks: 50 ms."""

DAY = timedelta(days=1)

KEPT: Mapping[str, timedelta] = MappingProxyType(
    {
        "idempotency_keys": DAY,
        "audit_entries": 90 * DAY,
        "refresh_tokens": timedelta(0),
        "mailed_tokens": DAY,
        "invitations": 30 * DAY,
        "rate_windows": timedelta(0),
        "webhook_events": 30 * DAY,
    }
)
"""For how long after it was made, or after it expired, a row of each table is kept."""

_SINCE = {
    "idempotency_keys": "created_at",
    "audit_entries": "created_at",
    "refresh_tokens": "expires_at",
    "mailed_tokens": "expires_at",
    "invitations": "expires_at",
    "rate_windows": "expires_at",
    "webhook_events": "created_at",
}

_UNLESS = {
    # What still waits to be delivered is kept with its event.
    "webhook_events": " and not exists (select from webhook_deliveries as waiting"
    " where waiting.event_id = webhook_events.id and waiting.status = 'waiting')",
    "invitations": " and accepted_at is null",
}


def delete_expired(session: Session, table: str) -> int:
    """Delete at most `BATCH` rows of a table of `KEPT` that are kept no longer; how many."""
    statement = text(
        f"delete from {table} where ctid = any (array(select ctid from {table}"
        f" where {_SINCE[table]} < now() - :kept{_UNLESS.get(table, '')}"
        f" limit {BATCH} for update skip locked))"
    )
    result = session.execute(statement, {"kept": KEPT[table]})
    return result.rowcount  # type: ignore[attr-defined,no-any-return]


UPKEEP_LOCK = 7235420
"""Any number that nobody else in this database locks."""


def try_to_keep_up(session: Session) -> bool:
    """Whether nobody else does the upkeep; nobody else does until the transaction ends."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(UPKEEP_LOCK))))
