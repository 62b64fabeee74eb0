"""Word corrections: what is really said in a stretch of some media."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Owned, Row
from cliply.domain.ids import CorrectionId
from cliply.domain.timing import TimeRange
from cliply.domain.vocabulary import WordCorrection as Correction


class WordCorrection(Owned, Created, Row):
    """A correction goes with the media's content, so that it outlives every transcript."""

    __tablename__ = "word_corrections"

    id: Mapped[CorrectionId] = mapped_column(primary_key=True)
    content_hash: Mapped[str]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    text: Mapped[str]
    heard: Mapped[str]

    __table_args__ = (
        CheckConstraint("0 <= start_ms and start_ms < end_ms", name="span"),
        Index("ix_word_corrections_workspace_id_content_hash", "workspace_id", "content_hash"),
    )

    @property
    def value(self) -> Correction:
        span = TimeRange(start_ms=self.start_ms, end_ms=self.end_ms)
        return Correction(span=span, text=self.text, heard=self.heard)
