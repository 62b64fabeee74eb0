"""Queries for renders."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cliply.db.models import Clip, Render
from cliply.domain.ids import ClipId, JobId


def find_render(session: Session, clip_id: ClipId, spec_digest: str) -> Render | None:
    """The newest version that was made from exactly this spec."""
    return session.scalar(
        select(Render)
        .where(Render.clip_id == clip_id, Render.spec_digest == spec_digest)
        .order_by(Render.version.desc())
        .limit(1)
    )


def find_present_render(session: Session, clip: Clip) -> Render | None:
    """The version that the clip stands for; None before its first."""
    return session.scalar(
        select(Render).where(Render.clip_id == clip.id, Render.version == clip.version)
    )


def list_renders(session: Session, job_id: JobId) -> list[Render]:
    """All versions of all clips of a job, by slot, then version."""
    of_job = select(Render).join(Clip, Clip.id == Render.clip_id).where(Clip.job_id == job_id)
    return list(session.scalars(of_job.order_by(Clip.slot, Render.version)))


def count_versions(session: Session, clip_id: ClipId) -> int:
    """The highest version number of the clip; 0 before its first render."""
    highest = select(func.coalesce(func.max(Render.version), 0)).where(Render.clip_id == clip_id)
    return session.scalars(highest).one()
