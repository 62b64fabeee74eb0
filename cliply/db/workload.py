"""How much there is to do in the whole installation, for those who run it."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Text, bindparam, func, select, text
from sqlalchemy.orm import Session

from cliply.db.models import RowCount, RunRequest, WebhookDelivery
from cliply.db.models.webhook_deliveries import DeliveryStatus

LATE_HEARTBEAT_S = 120.0
"""Dagster's daemon beats every 30 s."""

HEARTBEAT_FUNCTION = """
    create or replace function graph_heartbeat_age_s() returns float8
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
    declare age float8;
    begin
        if to_regclass('dagster.daemon_heartbeats') is null then
            return null;
        end if;
        execute 'select extract(epoch from clock_timestamp())::float8'
            ' - max((body::json ->> ''timestamp'')::float8) from dagster.daemon_heartbeats'
            ' where daemon_type = ''SENSOR''' into age;
        return age;
    end $$
"""
"""Lets `cliply_system`, which has no way into Dagster's schema, see this one figure of it."""

HEARTBEAT_RIGHTS = (
    "revoke all on function graph_heartbeat_age_s() from public",
    "grant execute on function graph_heartbeat_age_s() to cliply_system",
)

HAS_HEARTBEAT = text("select to_regproc('public.graph_heartbeat_age_s') is not null")
HEARTBEAT = text("select graph_heartbeat_age_s()")

Graph = Literal["ok", "late", "not_used"]


@dataclass(frozen=True)
class Workload:
    """Work that is there, of all workspaces together."""

    jobs: dict[str, int]
    """How many by status."""
    waiting: int
    """Run requests without a run."""
    oldest_waiting_s: float
    deliveries_waiting: int


def read_workload(session: Session) -> Workload:
    """The present figures; needs a system session. 5 ms with 1,000 workspaces."""
    waiting, oldest_s = session.execute(
        select(
            func.count(),
            func.coalesce(
                func.extract("epoch", func.clock_timestamp() - func.min(RunRequest.created_at)), 0
            ),
        ).where(RunRequest.drained_at.is_(None))
    ).one()
    deliveries = session.scalar(
        select(func.count()).where(WebhookDelivery.status == DeliveryStatus.waiting)
    )
    return Workload(_jobs(session), waiting, float(oldest_s), deliveries or 0)


def _jobs(session: Session) -> dict[str, int]:
    status = func.split_part(RowCount.counted, ":", bindparam(None, 2), type_=Text)
    summed = select(status, func.sum(RowCount.change)).where(RowCount.counted.startswith("jobs:"))
    return {name: int(count) for name, count in session.execute(summed.group_by(text("1")))}


def find_graph_state(session: Session) -> Graph:
    """Whether the daemon that starts runs is alive; needs a system session.

    `not_used` where none has ever run, as with `cliply clip` alone.
    """
    if not session.scalar(HAS_HEARTBEAT):
        return "not_used"
    age_s = session.scalar(HEARTBEAT)
    if age_s is None:
        return "not_used"
    return "ok" if age_s <= LATE_HEARTBEAT_S else "late"
