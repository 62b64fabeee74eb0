"""Run requests: what the asset graph is asked to make, until a sensor takes it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Owned, Row, parent
from cliply.domain.ids import JobId


class RunRequest(Owned, Created, Row):
    __tablename__ = "run_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Also the run key, so that a request never starts two runs."""
    job_id: Mapped[JobId]
    assets: Mapped[list[str]] = mapped_column(JSONB)
    """Names of the assets to make: `transcript`, `clip/c03`."""
    priority: Mapped[int]
    """Higher goes first."""
    reason: Mapped[str]
    drained_at: Mapped[datetime | None]
    run_id: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    """When its run was seen to have ended; a request that is drained and not closed is at work."""
    parent_run_id: Mapped[str | None]
    """The run that this one goes on from."""
    trace_id: Mapped[str | None]
    """Of the call that asked for it, 32 hexadecimal digits."""

    __table_args__ = (
        parent("job_id", "jobs"),
        Index(None, "workspace_id", "job_id"),
        Index(
            "ix_run_requests_waiting",
            text("priority desc"),
            "created_at",
            postgresql_where=text("drained_at is null"),
        ),
        Index(
            "ix_run_requests_at_work",
            "workspace_id",
            postgresql_where=text("drained_at is not null and closed_at is null"),
        ),
    )
