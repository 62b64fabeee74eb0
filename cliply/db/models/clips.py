"""Clips: the moments that a job cuts out of its source."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import (
    Choice,
    Created,
    Document,
    Owned,
    Row,
    Wish,
    one_of,
    parent,
    target,
)
from cliply.domain.candidates import ScoreParts
from cliply.domain.clips import ClipStatus
from cliply.domain.editing import Edit
from cliply.domain.ids import ClipId, JobId
from cliply.domain.jobs import MAX_SLOTS
from cliply.domain.timing import TimeRange


class Clip(Owned, Created, Row):
    __tablename__ = "clips"

    id: Mapped[ClipId] = mapped_column(primary_key=True)
    job_id: Mapped[JobId]
    slot: Mapped[int]
    """Place in the asset graph, and rank: 0 is the best."""
    title: Mapped[str]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    score: Mapped[float]
    parts: Mapped[ScoreParts] = mapped_column(Document(ScoreParts))
    reason: Mapped[str]
    status: Mapped[ClipStatus] = mapped_column(Choice(ClipStatus))
    edit: Mapped[Edit | None] = mapped_column(Wish(Edit))
    """The clip's own edit; None takes the job's."""
    version: Mapped[int | None]
    """The render that the clip stands for; None when its present moment has none."""

    __table_args__ = (
        target(),
        UniqueConstraint("workspace_id", "job_id", "slot"),
        parent("job_id", "jobs"),
        one_of("status", ClipStatus),
        CheckConstraint(f"slot between 0 and {MAX_SLOTS - 1}", name="slot"),
        CheckConstraint("0 <= start_ms and start_ms < end_ms", name="span"),
        CheckConstraint("score between 0 and 1", name="score"),
    )

    @property
    def span(self) -> TimeRange:
        return TimeRange(start_ms=self.start_ms, end_ms=self.end_ms)
