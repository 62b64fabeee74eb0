"""What members do to clips: describe, decide, edit, render again and delete them."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db.models import Clip, Job
from cliply.db.renders import list_measured
from cliply.db.run_requests import RERENDERED
from cliply.domain.clips import ClipStatus
from cliply.domain.editing import Edit
from cliply.domain.ids import ClipId, JobRef
from cliply.domain.webhooks import EventKind
from cliply.errors import Conflict, ErrorCode, InvalidInput, NotFound
from cliply.services.editing import ask_for_render, change_edit
from cliply.services.edits import amend
from cliply.services.outbox import tell_of_clip


class Held(NamedTuple):
    """A clip and its job, which nobody else changes until the transaction ends."""

    job: Job
    clip: Clip


class ClipChanges(NamedTuple):
    """What is to be different about a clip."""

    texts: Mapping[str, Any]
    """Some of `title`, which the next render takes, `description` and `hashtags`."""
    status: ClipStatus | None = None
    """Approved, rejected or left as it is."""
    with_edit: bool = False
    edit: Edit | None = None
    """The clip's own from now on; None goes back to the job's."""


class Slot(NamedTuple):
    """Where the files of a clip lie."""

    ref: JobRef
    slot: int


def hold_clip(session: Session, clip_id: ClipId) -> Held:
    """The job first, as planning does, so that the two never wait for each other.

    Raises NotFound, also for another workspace's clip.
    """
    job = job_rows.get_job(session, clip_rows.get_clip(session, clip_id).job_id, lock=True)
    return Held(job, clip_rows.get_clip(session, clip_id, lock=True))


def change_clip(session: Session, held: Held, changes: ClipChanges) -> Clip:
    """Do all that is named, and tell of it.

    Raises Conflict for the approval of what nobody could see, InvalidInput
    (ATTACHMENT_MISSING) for an edit that names a file that is not there.
    """
    job, clip = held
    for name, text in changes.texts.items():
        setattr(clip, name, text)
    if changes.with_edit:
        change_edit(session, job, clip, changes.edit)
    if changes.status is not None:
        _decide(clip, changes.status)
    session.flush()
    tell_of_clip(session, EventKind.clip_updated, clip)
    return clip


def _decide(clip: Clip, status: ClipStatus) -> None:
    if status is ClipStatus.approved and clip.status is ClipStatus.planned:
        raise Conflict(
            f"The clip {clip.id} has no render of its present edit; approve it when it has."
        )
    clip.status = status


def render_again(session: Session, clip_id: ClipId) -> Clip:
    """Ask for the clip's next version.

    The same spec gives the same bytes, so the version that is there stays when nothing has
    changed that decides them: brand, corrected words, title, job's edit or program.
    """
    job, clip = hold_clip(session, clip_id)
    clip.status = ClipStatus.planned
    ask_for_render(session, job, clip, RERENDERED)
    session.flush()
    return clip


def amend_clip(session: Session, clip_id: ClipId, changes: Mapping[str, str]) -> Clip:
    """Change the edit that holds for the clip by field path, and ask for its render.

    Raises InvalidInput (EDIT_INVALID, ATTACHMENT_MISSING).
    """
    job, clip = hold_clip(session, clip_id)
    change_edit(session, job, clip, amend(clip.edit or job.settings.edit, changes))
    session.flush()
    tell_of_clip(session, EventKind.clip_updated, clip)
    return clip


def choose_poster(session: Session, clip_id: ClipId, at_ms: int) -> Clip:
    """Let the frame at a moment of the clip be its poster from the next version on.

    A version's files never change, so this asks for a render as any other edit does.
    """
    check_moment(session, clip_rows.get_clip(session, clip_id), at_ms)
    return amend_clip(session, clip_id, {"export.poster_ms": str(at_ms)})


def check_moment(session: Session, clip: Clip, at_ms: int) -> None:
    """Raises InvalidInput when the clip ends before `at_ms`, which is in clip time."""
    shown = list_measured(session, [clip.id]).get(clip.id)
    duration_ms = shown.measured.duration_ms if shown else clip.span.duration_ms
    if at_ms >= duration_ms:
        raise InvalidInput(
            ErrorCode.request_invalid,
            f"at_ms: the clip has {duration_ms} ms; choose a moment before its end.",
        )


def delete_clips(session: Session, clip_ids: Collection[ClipId]) -> list[Slot]:
    """Remove these clips with their renders and comments, all or none; the slots they had.

    Their files are left to `clear_slot`. A clip that is being rendered is waited for. When
    its job is planned again, the slot is free: what shall never come back is rejected, not
    deleted. Raises NotFound when one of them is not there.
    """
    found = [clip_rows.get_clip(session, clip_id) for clip_id in clip_ids]
    jobs = {
        job_id: job_rows.get_job(session, job_id, lock=True)
        for job_id in sorted({clip.job_id for clip in found})
    }
    held = clip_rows.list_clips_by_id(session, clip_ids)
    if gone := set(clip_ids) - {clip.id for clip in held}:
        raise NotFound(f"There is no clip {min(gone)}.")
    slots = [Slot(jobs[clip.job_id].ref, clip.slot) for clip in held]
    clip_rows.delete_clips(session, clip_ids)
    for clip in held:
        tell_of_clip(session, EventKind.clip_deleted, clip)
    return slots
