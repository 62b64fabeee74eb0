"""Renders: the versions of a clip's files."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Document, Owned, Row, parent
from cliply.domain.ids import ClipId, RenderId
from cliply.domain.quality import QualityReport
from cliply.domain.rendering import Measured


class Render(Owned, Created, Row):
    __tablename__ = "renders"

    id: Mapped[RenderId] = mapped_column(primary_key=True)
    clip_id: Mapped[ClipId]
    version: Mapped[int]
    """1 is the first."""
    spec: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The `RenderSpec` that was rendered, in the shape of its pipeline version."""
    spec_digest: Mapped[str]
    video_key: Mapped[str]
    srt_key: Mapped[str]
    vtt_key: Mapped[str]
    poster_key: Mapped[str]
    measured: Mapped[Measured] = mapped_column(Document(Measured))
    report: Mapped[QualityReport | None] = mapped_column(Document(QualityReport))
    """None for renders of pipeline version 1."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "clip_id", "version"),
        parent("clip_id", "clips"),
        CheckConstraint("version > 0", name="version"),
        Index(None, "workspace_id", "clip_id", "spec_digest"),
    )
