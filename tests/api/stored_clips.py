"""Clips whose files lie in the storage."""

from api.backend import Backend
from cliply.db.clips import list_clips
from cliply.db.models import Clip
from cliply.db.renders import get_render
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.storage.keys import render_key
from tests.rows import rendered_job

SUFFIXES = {"video": ".mp4", "srt": ".srt", "vtt": ".vtt", "poster": ".jpg"}

VIDEO = bytes(range(256)) * 8192
"""2 MiB that tell their place."""


def stored_clips(backend: Backend, workspace: WorkspaceId, *starts_ms: int) -> list[Clip]:
    """The clips of a new job under review, version 1 of each with its files, by slot."""
    ref = rendered_job(backend.engine, workspace, *starts_ms)
    with workspace_session(backend.engine, workspace) as session:
        clips = list_clips(session, ref.job_id)
        for clip in clips:
            render = get_render(session, clip)
            for file, suffix in SUFFIXES.items():
                key = render_key(ref, clip.slot, 1, suffix)
                setattr(render, f"{file}_key", key)
                backend.store.put_bytes(key, VIDEO if file == "video" else file.encode())
        return clips


def ref_of(clip: Clip) -> JobRef:
    return JobRef(clip.workspace_id, clip.job_id)
