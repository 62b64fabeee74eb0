"""Queries for renders."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from cliply.db.models import Clip, Render
from cliply.domain.ids import ClipId, JobId, RenderId, WorkspaceId
from cliply.domain.quality import QualityReport
from cliply.domain.rendering import Measured
from cliply.errors import NotFound

KEYS = select(Render.video_key, Render.srt_key, Render.vtt_key, Render.poster_key)


class Shown(NamedTuple):
    """What is known of a render's file."""

    measured: Measured
    report: QualityReport | None


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


def get_render(session: Session, clip: Clip, version: int | None = None) -> Render:
    """A version of the clip, without one the present. Raises NotFound."""
    wanted = clip.version if version is None else version
    query = select(Render).where(Render.clip_id == clip.id, Render.version == wanted)
    row = session.scalar(query)
    if row is None and version is None:
        raise NotFound(f"The clip {clip.id} is not rendered yet; wait until its status says so.")
    if row is None:
        raise NotFound(f"The clip {clip.id} has no version {version}; `versions` lists all.")
    return row


def renders_of(clip_id: ClipId) -> Select[Render]:
    """All versions of a clip, in no order."""
    return select(Render).where(Render.clip_id == clip_id)


def list_keys(session: Session, clip_id: ClipId) -> set[str]:
    """The object keys of all versions of a clip."""
    return {key for row in session.execute(KEYS.where(Render.clip_id == clip_id)) for key in row}


def list_keys_of_workspace(session: Session, workspace_id: WorkspaceId) -> set[str]:
    """The object keys of all renders of a workspace."""
    found = session.execute(KEYS.where(Render.workspace_id == workspace_id))
    return {key for row in found for key in row}


def list_measured(session: Session, clip_ids: Collection[ClipId]) -> dict[ClipId, Shown]:
    """What was found in the version that each clip stands for; without those that have none.

    Specs stay where they are: they have up to 100 kB each.
    """
    present = (Clip.id == Render.clip_id) & (Clip.version == Render.version)
    columns = select(Render.clip_id, Render.measured, Render.report).join(Clip, present)
    found = session.execute(columns.where(Clip.id.in_(clip_ids)))
    return {clip_id: Shown(measured, report) for clip_id, measured, report in found}


def list_renders(session: Session, job_id: JobId) -> list[Render]:
    """All versions of all clips of a job, by slot, then version."""
    of_job = select(Render).join(Clip, Clip.id == Render.clip_id).where(Clip.job_id == job_id)
    return list(session.scalars(of_job.order_by(Clip.slot, Render.version)))


def count_versions(session: Session, clip_id: ClipId) -> int:
    """The highest version number of the clip; 0 before its first render."""
    highest = select(func.coalesce(func.max(Render.version), 0)).where(Render.clip_id == clip_id)
    return session.scalars(highest).one()


def delete_render(session: Session, render_id: RenderId) -> None:
    """Forget a version; its files are somebody else's to remove."""
    session.execute(delete(Render).where(Render.id == render_id))
