"""Job steps: how far each stage of a job is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Choice, Created, Owned, Row, one_of, parent
from cliply.domain.ids import JobId
from cliply.domain.jobs import StepStatus


class JobStep(Owned, Created, Row):
    __tablename__ = "job_steps"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[JobId]
    name: Mapped[str]
    """Name of the asset: `transcript`, `clip/c03`."""
    status: Mapped[StepStatus] = mapped_column(Choice(StepStatus))
    attempts: Mapped[int] = mapped_column(server_default="0")
    progress: Mapped[float] = mapped_column(server_default="0")
    """Finished fraction, 0…1."""
    fingerprint: Mapped[str | None]
    """Digest of everything that decides the step's result."""
    run_id: Mapped[str | None]
    worker: Mapped[str | None]
    """`host:process` of the attempt."""
    heartbeat_at: Mapped[datetime | None]
    """When the attempt was last seen alive."""
    output: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    """What failed, or why the step was skipped."""
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("workspace_id", "job_id", "name"),
        parent("job_id", "jobs"),
        one_of("status", StepStatus),
        CheckConstraint("progress between 0 and 1", name="progress"),
        Index(None, "workspace_id", "name", "fingerprint"),
        Index(None, "run_id"),
        Index("ix_job_steps_running", "heartbeat_at", postgresql_where=text("status = 'running'")),
    )
