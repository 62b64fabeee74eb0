"""Queries for clips."""

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.models import Clip, Render
from cliply.domain.ids import ClipId, JobId
from cliply.errors import NotFound


def get_clip(session: Session, clip_id: ClipId, *, lock: bool = False) -> Clip:
    """With `lock`, as it is now and held until the transaction ends.

    Raises NotFound, also for another workspace's clip.
    """
    query = select(Clip).where(Clip.id == clip_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise NotFound(f"There is no clip {clip_id}.")
    return row


def list_clips(session: Session, job_id: JobId) -> list[Clip]:
    """Best first."""
    return list(session.scalars(select(Clip).where(Clip.job_id == job_id).order_by(Clip.slot)))


def count_unrendered(session: Session, job_id: JobId) -> int:
    """Clips of the job whose present moment has no render yet."""
    span = Render.spec["span"]
    rendered = (
        select(Render.id)
        .where(
            Render.clip_id == Clip.id,
            span["start_ms"].as_integer() == Clip.start_ms,
            span["end_ms"].as_integer() == Clip.end_ms,
        )
        .exists()
    )
    missing = select(func.count()).select_from(Clip).where(Clip.job_id == job_id, ~rendered)
    return session.scalars(missing).one()


def put_clip(session: Session, clip: Clip) -> Clip:
    """Add the clip, or give the one in its slot the same content and keep its id.

    A clip that stays the same moment also keeps its status.
    """
    columns = Clip.__table__.columns.keys()
    values = {name: getattr(clip, name) for name in columns if name != "created_at"}
    kept = ("id", "workspace_id", "job_id", "slot")
    is_same = (Clip.start_ms == clip.start_ms) & (Clip.end_ms == clip.end_ms)
    changed = {name: value for name, value in values.items() if name not in kept}
    changed["status"] = case((is_same, Clip.status), else_=clip.status)
    statement = (
        insert(Clip)
        .values(**values)
        .on_conflict_do_update(index_elements=["workspace_id", "job_id", "slot"], set_=changed)
        .returning(Clip)
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).one()


def delete_clips_from(session: Session, job_id: JobId, slot: int) -> None:
    """Remove the clips in this slot and after it, with their renders."""
    session.execute(delete(Clip).where(Clip.job_id == job_id, Clip.slot >= slot))
