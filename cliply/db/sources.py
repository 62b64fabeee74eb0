"""Queries for source videos."""

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.models import Job, SourceVideo
from cliply.domain.ids import SourceId
from cliply.errors import Conflict, ErrorCode, NotFound


def get_source(session: Session, source_id: SourceId) -> SourceVideo:
    """Raises NotFound, also for another workspace's source."""
    row = session.scalar(select(SourceVideo).where(SourceVideo.id == source_id))
    if row is None:
        raise NotFound(f"There is no source video {source_id}.")
    return row


def get_source_of(session: Session, job: Job) -> SourceVideo:
    """The source of a job. Raises Conflict (SOURCE_PENDING) while its link is being fetched."""
    if job.source_video_id is None:
        raise Conflict(
            f"The source of job {job.id} is still being fetched; wait for its step `source_video`.",
            ErrorCode.source_pending,
        )
    return get_source(session, job.source_video_id)


def find_source(
    session: Session, content_hash: str, transcript_hash: str | None
) -> SourceVideo | None:
    """The stored file with this content that came with this transcript, or with none."""
    return session.scalar(_same_files(content_hash, transcript_hash))


def find_media(session: Session, content_hash: str) -> SourceVideo | None:
    """Any source with this content, whatever transcript came with it: its bytes can be shared."""
    of_content = select(SourceVideo).where(SourceVideo.content_hash == content_hash)
    return session.scalar(of_content.order_by(SourceVideo.created_at).limit(1))


def add_source(session: Session, source: SourceVideo) -> SourceVideo:
    """Add the row, or return the one that another process has added for the same files."""
    columns = SourceVideo.__table__.columns.keys()
    values = {name: getattr(source, name) for name in columns if name != "created_at"}
    session.execute(insert(SourceVideo).values(**values).on_conflict_do_nothing())
    return session.scalars(_same_files(source.content_hash, source.transcript_hash)).one()


def list_sources(session: Session, *, limit: int = 100) -> list[SourceVideo]:
    """Newest first."""
    newest = select(SourceVideo).order_by(SourceVideo.created_at.desc(), SourceVideo.id)
    return list(session.scalars(newest.limit(limit)))


def _same_files(content_hash: str, transcript_hash: str | None) -> Select[SourceVideo]:
    return select(SourceVideo).where(
        SourceVideo.content_hash == content_hash,
        SourceVideo.transcript_hash.is_not_distinct_from(transcript_hash),
    )
