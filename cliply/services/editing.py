"""Editing one clip of a job, and having only that one rendered again."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db import run_requests
from cliply.db.models import Clip, Job
from cliply.db.session import workspace_session
from cliply.domain.clips import ClipStatus
from cliply.domain.editing import Edit
from cliply.domain.ids import JobRef
from cliply.domain.job_moves import JobMove
from cliply.domain.written import as_written
from cliply.errors import NotFound
from cliply.services.attachments import resolve
from cliply.services.brand import branded
from cliply.services.jobs import try_to_move
from cliply.storage.keys import slot_name

PRIORITY = 5
"""Somebody sits and waits for it; a whole job has 0."""


def get_edit(engine: Engine, ref: JobRef, slot: int) -> Edit:
    """The edit that holds for a clip: its own, or else the job's. Raises NotFound."""
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.get_job(session, ref.job_id)
        return _get_clip(session, job, slot).edit or job.settings.edit


def edit_clip(
    engine: Engine, ref: JobRef, slot: int, edit: Edit, *, with_run_request: bool = True
) -> None:
    """Give one clip an edit of its own and ask for its render, all or nothing.

    Raises NotFound for no such clip, InvalidInput when a file that it names is missing.
    """
    _change(engine, ref, slot, edit, with_run_request=with_run_request)


def reset_edit(engine: Engine, ref: JobRef, slot: int, *, with_run_request: bool = True) -> None:
    """Let the job's edit hold for the clip again, and ask for its render."""
    _change(engine, ref, slot, None, with_run_request=with_run_request)


def _change(
    engine: Engine, ref: JobRef, slot: int, edit: Edit | None, *, with_run_request: bool
) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        job = job_rows.get_job(session, ref.job_id, lock=True)
        clip = _get_clip(session, job, slot)
        change_edit(session, job, clip, edit, with_run_request=with_run_request)


def change_edit(
    session: Session, job: Job, clip: Clip, edit: Edit | None, *, with_run_request: bool = True
) -> None:
    """Give a clip its own edit, or with None the job's, and ask for its render.

    The caller holds the job, then the clip. Raises InvalidInput when a file that the edit
    names is missing.
    """
    resolve(session, branded(session, edit or job.settings.edit))
    if _written(clip.edit) != _written(edit):
        clip.edit = edit
        clip.status = ClipStatus.planned
    ask_for_render(session, job, clip, "edited", with_run_request=with_run_request)


def ask_for_render(
    session: Session, job: Job, clip: Clip, reason: str, *, with_run_request: bool = True
) -> None:
    """Have one clip of a held job rendered again, ahead of whole jobs."""
    try_to_move(session, job, JobMove.rerender)
    if with_run_request:
        assets = [f"clip/{slot_name(clip.slot)}"]
        run_requests.add_run_request(session, job.ref, assets, priority=PRIORITY, reason=reason)


def _written(edit: Edit | None) -> dict[str, Any] | None:
    return None if edit is None else as_written(edit)


def _get_clip(session: Session, job: Job, slot: int) -> Clip:
    clip = clip_rows.find_clip_in(session, job.id, slot)
    if clip is None:
        count = len(clip_rows.list_clips(session, job.id))
        raise NotFound(
            f"Job {job.id} has no clip {slot + 1}, only {count}; choose one from 1 to {count}."
            if count
            else f"Job {job.id} has no clips yet; wait until its moments are selected."
        )
    return clip
