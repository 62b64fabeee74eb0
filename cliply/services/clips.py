"""Clips: planned from candidates, and the versions that were rendered of them."""

from uuid import uuid4

from sqlalchemy.orm import Session

from cliply.db import clips, jobs, renders
from cliply.db.models import Clip, Render
from cliply.domain.candidates import Candidate, CandidateList
from cliply.domain.clips import ClipStatus, RenderFiles, status_of
from cliply.domain.editing import Edit
from cliply.domain.ids import ClipId, JobId, JobRef, RenderId
from cliply.domain.quality import QualityReport
from cliply.domain.rendering import Measured, RenderSpec
from cliply.domain.timing import TimeRange


def plan_clips(
    session: Session, job_id: JobId, candidates: CandidateList, max_clips: int
) -> list[Clip]:
    """Slot n becomes the n-th best candidate, for at most `max_clips` slots.

    A slot that is planned again keeps its clip id and its renders; slots that no longer
    have a candidate lose both.
    """
    job = jobs.get_job(session, job_id, lock=True)
    chosen = candidates.items[:max_clips]
    clips.delete_clips_from(session, job_id, len(chosen))
    return [
        clips.put_clip(session, _as_row(job.ref, slot, candidate))
        for slot, candidate in enumerate(chosen)
    ]


def next_version(session: Session, clip_id: ClipId) -> int:
    """The version that the next render will have, the first being 1.

    Holds the clip until the transaction ends, so that nobody else gets the same one.
    """
    clips.get_clip(session, clip_id, lock=True)
    return renders.count_versions(session, clip_id) + 1


def add_render(
    session: Session,
    clip_id: ClipId,
    version: int,
    spec: RenderSpec,
    files: RenderFiles,
    measured: Measured,
    report: QualityReport,
) -> Render:
    """Keep a version of a clip, numbered by `next_version` in the same transaction."""
    clip = clips.get_clip(session, clip_id, lock=True)
    render = Render(
        id=RenderId(uuid4()),
        workspace_id=clip.workspace_id,
        clip_id=clip_id,
        version=version,
        spec=spec.model_dump(mode="json"),
        spec_digest=spec.digest,
        measured=measured,
        report=report,
        **files.model_dump(),
    )
    session.add(render)
    session.flush()
    return render


def show_version(
    session: Session, render: Render, moment: TimeRange, own_edit: Edit | None
) -> None:
    """Make the clip stand for this version, which shows `moment` under `own_edit`.

    A clip that was planned or edited anew in the meantime waits for its next render. One
    that stood for the version already keeps its status, such as `approved`.
    """
    clip = clips.get_clip(session, render.clip_id, lock=True)
    if clip.span != moment:
        return
    is_wanted = clip.edit == own_edit
    is_shown = clip.version == render.version and clip.status is not ClipStatus.planned
    clip.version = render.version
    if is_wanted and not is_shown:
        clip.status = status_of(render.report or QualityReport(findings=()))
    session.flush()


def find_render(session: Session, clip_id: ClipId, spec_digest: str) -> Render | None:
    """The newest version that was made from exactly this spec."""
    return renders.find_render(session, clip_id, spec_digest)


def _as_row(ref: JobRef, slot: int, candidate: Candidate) -> Clip:
    return Clip(
        id=ClipId(uuid4()),
        workspace_id=ref.workspace_id,
        job_id=ref.job_id,
        slot=slot,
        title=candidate.title,
        start_ms=candidate.span.start_ms,
        end_ms=candidate.span.end_ms,
        score=candidate.score,
        parts=candidate.parts,
        reason=candidate.reason,
        status=ClipStatus.planned,
    )
