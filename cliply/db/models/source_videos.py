"""Source videos: the files that jobs work on."""

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Document, Owned, Row, target
from cliply.domain.ids import SourceId
from cliply.domain.media import SourceMedia


class SourceVideo(Owned, Created, Row):
    """A stored file together with the transcript that came with it."""

    __tablename__ = "source_videos"

    id: Mapped[SourceId] = mapped_column(primary_key=True)
    object_key: Mapped[str]
    content_hash: Mapped[str]
    """BLAKE2b-256 of the file, hexadecimal."""
    file_name: Mapped[str]
    """As the tenant named it; for display only."""
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media: Mapped[SourceMedia | None] = mapped_column(Document(SourceMedia))
    """None until probed."""
    transcript_key: Mapped[str | None]
    transcript_hash: Mapped[str | None]

    __table_args__ = (
        target(),
        UniqueConstraint(
            "workspace_id", "content_hash", "transcript_hash", postgresql_nulls_not_distinct=True
        ),
    )
