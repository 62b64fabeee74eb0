"""Queries for clips."""

from collections.abc import Collection

from sqlalchemy import case, delete, func, null, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.models import Clip
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


def list_clips(session: Session, job_id: JobId, *, lock: bool = False) -> list[Clip]:
    """By slot; with `lock`, as they are now and held until the transaction ends."""
    query = select(Clip).where(Clip.job_id == job_id).order_by(Clip.slot)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(query))


def list_clips_by_id(session: Session, clip_ids: Collection[ClipId]) -> list[Clip]:
    """Those that are there, by job and slot, held until the transaction ends."""
    query = select(Clip).where(Clip.id.in_(clip_ids)).order_by(Clip.job_id, Clip.slot)
    held = query.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(held))


def delete_clips(session: Session, clip_ids: Collection[ClipId]) -> None:
    """With their renders and comments."""
    session.execute(delete(Clip).where(Clip.id.in_(clip_ids)))


def find_clip_in(session: Session, job_id: JobId, slot: int) -> Clip | None:
    """The clip in this slot of the job, held until the transaction ends."""
    in_slot = select(Clip).where(Clip.job_id == job_id, Clip.slot == slot).with_for_update()
    return session.scalar(in_slot.execution_options(populate_existing=True))


def count_clips(session: Session, job_id: JobId) -> int:
    """All clips of the job, rejected ones too."""
    of_job = select(func.count()).select_from(Clip).where(Clip.job_id == job_id)
    return session.scalars(of_job).one()


def count_unrendered(session: Session, job_id: JobId) -> int:
    """Clips of the job whose present moment has no render yet."""
    of_job = select(func.count()).select_from(Clip).where(Clip.job_id == job_id)
    return session.scalars(of_job.where(Clip.version.is_(None))).one()


def put_clip(session: Session, clip: Clip) -> Clip:
    """Add the clip, or give the one in its slot the same content and keep its id.

    A clip that stays the same moment also keeps its status, its own edit and the version
    it stands for. An edit names spans of the source, so another moment loses it.
    """
    columns = Clip.__table__.columns.keys()
    values = {name: getattr(clip, name) for name in columns if name != "created_at"}
    kept = ("id", "workspace_id", "job_id", "slot")
    is_same = (Clip.start_ms == clip.start_ms) & (Clip.end_ms == clip.end_ms)
    changed = {name: value for name, value in values.items() if name not in kept}
    changed["status"] = case((is_same, Clip.status), else_=clip.status)
    changed["edit"] = case((is_same, Clip.edit), else_=null())
    changed["version"] = case((is_same, Clip.version), else_=null())
    statement = (
        insert(Clip)
        .values(**values)
        .on_conflict_do_update(index_elements=["workspace_id", "job_id", "slot"], set_=changed)
        .returning(Clip)
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).one()


def delete_clips_except(session: Session, job_id: JobId, slots: Collection[int]) -> None:
    """Remove the job's clips in all other slots, with their renders."""
    session.execute(delete(Clip).where(Clip.job_id == job_id, Clip.slot.not_in(slots)))
