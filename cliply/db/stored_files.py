"""Queries for what rows say about files; all need a system session."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from cliply.db.models import Clip, Job, Render, SourceVideo
from cliply.domain.ids import ClipId, JobRef, RenderId, WorkspaceId


class RenderFile(NamedTuple):
    """The video of one version of a clip."""

    ref: JobRef
    clip_id: ClipId
    render_id: RenderId
    slot: int
    is_present: bool
    """Whether the clip stands for this version."""
    video_key: str


def list_render_files(session: Session, workspace_id: WorkspaceId) -> list[RenderFile]:
    """All versions of all clips of a workspace."""
    wanted = (
        select(Clip.job_id, Clip.id, Render.id, Clip.slot, Clip.version, Render.version,
               Render.video_key)
        .join(Render, (Render.workspace_id == Clip.workspace_id) & (Render.clip_id == Clip.id))
        .where(Clip.workspace_id == workspace_id)
    )  # fmt: skip
    return [
        RenderFile(JobRef(workspace_id, job), clip_id, render_id, slot, present == version, key)
        for job, clip_id, render_id, slot, present, version, key in session.execute(wanted)
    ]


def list_source_keys(session: Session, workspace_id: WorkspaceId) -> set[str]:
    """Every object that a source of a workspace names."""
    wanted = select(SourceVideo.object_key, SourceVideo.transcript_key)
    named = session.execute(wanted.where(SourceVideo.workspace_id == workspace_id))
    return {key for keys in named for key in keys if key is not None}


def list_needed_sources(session: Session, workspace_id: WorkspaceId) -> list[tuple[JobRef, str]]:
    """The media of each job of a workspace that is not archived."""
    wanted = select(Job.id, SourceVideo.object_key).join(
        SourceVideo, SourceVideo.id == Job.source_video_id
    )
    of_workspace = wanted.where(Job.workspace_id == workspace_id, Job.archived_at.is_(None))
    return [(JobRef(workspace_id, job_id), key) for job_id, key in session.execute(of_workspace)]
