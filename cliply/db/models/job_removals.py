"""Job removals: jobs that are gone from all lists, and what they have left behind elsewhere."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Owned, Row
from cliply.domain.ids import JobId, JobRef


class JobRemoval(Owned, Created, Row):
    """Written in the transaction that deletes the job; goes when nothing is left."""

    __tablename__ = "job_removals"

    job_id: Mapped[JobId] = mapped_column(primary_key=True)
    run_ids: Mapped[list[str]] = mapped_column(JSONB)
    """Runs that may still be at work on it."""
    runs_gone_at: Mapped[datetime | None]
    """When its runs had ended and were deleted with its partition."""
    files_gone_at: Mapped[datetime | None]
    """When its objects and its rows of the search index were deleted, after the runs."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "job_id"),
        Index(
            "ix_job_removals_open",
            "created_at",
            postgresql_where=text("files_gone_at is null"),
        ),
    )

    @property
    def ref(self) -> JobRef:
        return JobRef(self.workspace_id, self.job_id)
