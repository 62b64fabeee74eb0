"""Clips: the moments that a job cuts out of its source."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
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
from cliply.domain.clips import ClipStatus, Moment
from cliply.domain.editing import Edit
from cliply.domain.ids import ClipId, JobId
from cliply.domain.jobs import MAX_SLOTS
from cliply.domain.timing import TimeRange

MOMENT = frozenset(Moment.model_fields) - {"span"}
"""Columns that say what was chosen."""
DECIDED = (ClipStatus.approved, ClipStatus.rejected)
"""States that only a person sets."""


class Clip(Owned, Created, Row):
    __tablename__ = "clips"

    id: Mapped[ClipId] = mapped_column(primary_key=True)
    job_id: Mapped[JobId]
    slot: Mapped[int]
    """Place in the asset graph, and rank when it was planned: 0 is the best."""
    candidate_id: Mapped[str | None]
    """Its candidate in the job's list; None when a later list does not have the moment."""
    title: Mapped[str]
    description: Mapped[str]
    hashtags: Mapped[list[str]] = mapped_column(JSONB)
    """Without `#`."""
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    score: Mapped[float]
    parts: Mapped[ScoreParts] = mapped_column(Document(ScoreParts))
    virality: Mapped[float | None]
    """0…1, by who ranked it; None for clips that no ranking has seen."""
    coherence: Mapped[float | None]
    reason: Mapped[str]
    status: Mapped[ClipStatus] = mapped_column(Choice(ClipStatus))
    edit: Mapped[Edit | None] = mapped_column(Wish(Edit))
    """The clip's own edit; None takes the job's."""
    version: Mapped[int | None]
    """The render that the clip stands for; None when its present moment has none."""

    __table_args__ = (
        target(),
        UniqueConstraint("workspace_id", "job_id", "slot"),
        Index(None, "workspace_id", "created_at", "id"),
        Index(None, "workspace_id", "score", "id"),
        parent("job_id", "jobs"),
        one_of("status", ClipStatus),
        CheckConstraint(f"slot between 0 and {MAX_SLOTS - 1}", name="slot"),
        CheckConstraint("0 <= start_ms and start_ms < end_ms", name="span"),
        CheckConstraint("score between 0 and 1", name="score"),
        CheckConstraint("virality between 0 and 1", name="virality"),
        CheckConstraint("coherence between 0 and 1", name="coherence"),
    )

    @property
    def span(self) -> TimeRange:
        return TimeRange(start_ms=self.start_ms, end_ms=self.end_ms)

    @property
    def moment(self) -> Moment:
        """What was chosen for it."""
        return Moment(span=self.span, **{name: getattr(self, name) for name in MOMENT})

    @property
    def is_touched(self) -> bool:
        """Whether a person has edited it or decided on it."""
        return self.edit is not None or self.status in DECIDED
