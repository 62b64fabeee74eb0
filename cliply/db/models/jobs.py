"""Jobs: requests to clip one source."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Choice, Created, Owned, Row, Wish, one_of, parent, target
from cliply.domain.ids import JobId, JobRef, SourceId, UserId
from cliply.domain.jobs import JobMode, JobSettings, JobStatus


class Job(Owned, Created, Row):
    __tablename__ = "jobs"

    id: Mapped[JobId] = mapped_column(primary_key=True)
    source_video_id: Mapped[SourceId | None]
    """None until a link was fetched."""
    mode: Mapped[JobMode] = mapped_column(Choice(JobMode))
    status: Mapped[JobStatus] = mapped_column(Choice(JobStatus))
    settings: Mapped[JobSettings] = mapped_column(Wish(JobSettings))
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    outcome: Mapped[str | None]
    """Why there are no clips, in one sentence for the tenant."""
    source_url: Mapped[str | None]
    """Where the source was taken from; None for files that were uploaded."""
    created_by: Mapped[UserId | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    request_digest: Mapped[str]
    """Same source, transcript, mode and settings give the same digest, so the same job."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    finished_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    """Since when no further step may begin; None while it goes on."""
    archived_at: Mapped[datetime | None]
    """Since when its source and analysis are not kept any more; its renders are."""
    priority: Mapped[int] = mapped_column(server_default="0")
    """Higher goes first among the jobs of its workspace."""

    __table_args__ = (
        target(),
        UniqueConstraint("workspace_id", "request_digest"),
        parent("source_video_id", "source_videos"),
        one_of("mode", JobMode),
        one_of("status", JobStatus),
        Index(None, "workspace_id", "created_at", "id"),
        Index(None, "workspace_id", "status", "created_at", "id"),
        Index(None, "workspace_id", "source_url"),
        Index(None, "workspace_id", "source_video_id"),
    )

    @property
    def ref(self) -> JobRef:
        """The job's name in the asset graph."""
        return JobRef(self.workspace_id, self.id)
