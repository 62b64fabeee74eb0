"""Clips: planned from a ranking, and the versions that were rendered of them."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from sqlalchemy.orm import Session

from cliply.db import clips, jobs, renders
from cliply.db.models import Clip, Render
from cliply.db.models.clips import MOMENT
from cliply.domain.candidates import Candidate, CandidateList
from cliply.domain.clips import ClipStatus, Moment, RenderFiles, status_of
from cliply.domain.editing import Edit
from cliply.domain.ids import ClipId, JobId, JobRef, RenderId
from cliply.domain.quality import QualityReport
from cliply.domain.ranking import RankedCandidate, Ranking
from cliply.domain.rendering import Measured, RenderSpec
from cliply.domain.timing import TimeRange
from cliply.domain.webhooks import EventKind
from cliply.services.outbox import tell_of_clip


def plan_clips(
    session: Session,
    job_id: JobId,
    moments: Sequence[Moment],
    max_clips: int,
    *,
    reorder: bool = False,
) -> list[Clip]:
    """Give the first of some moments a slot each, `max_clips` at most; by slot.

    Planned again, a job keeps what is worth keeping. A clip that a person edited, approved or
    rejected stays as it is, even when its moment is no longer a candidate. A clip with a
    render stays while its moment is one; `reorder` gives its slot away too. No other clip
    overlaps those that stay. The other slots are filled by rank and keep their clip ids;
    slots that nothing is left for lose their clip and its renders.
    """
    job = jobs.get_job(session, job_id, lock=True)
    ids = {moment.span: moment.candidate_id for moment in moments}
    rows = clips.list_clips(session, job_id, lock=True)
    held = [row for row in rows if row.is_touched or (_is_shown(row, ids) and not reorder)]
    for row in held:
        row.candidate_id = ids.get(row.span)
    session.flush()
    filled = _filled(moments, held, max_clips)
    clips.delete_clips_except(session, job_id, {*filled, *(row.slot for row in held)})
    added = [clips.put_clip(session, _as_row(job.ref, slot, one)) for slot, one in filled.items()]
    return sorted([*held, *added], key=lambda row: row.slot)


def ranked_moments(candidates: CandidateList, ranking: Ranking) -> list[Moment]:
    """Candidates as they were judged, best first; their times are those of the list alone.

    A judgement of a candidate that the list does not have says nothing, a candidate without
    a judgement is left out.
    """
    by_id = {candidate.candidate_id: candidate for candidate in candidates.items}
    return [
        _moment(by_id[judged.candidate_id], judged)
        for judged in ranking.items
        if judged.candidate_id in by_id
    ]


def _moment(candidate: Candidate, judged: RankedCandidate) -> Moment:
    return Moment(
        span=candidate.span, score=candidate.score, parts=candidate.parts, **judged.model_dump()
    )


def _is_shown(row: Clip, ids: Mapping[TimeRange, str | None]) -> bool:
    return row.version is not None and row.span in ids


def _filled(moments: Sequence[Moment], held: Sequence[Clip], max_clips: int) -> dict[int, Moment]:
    """The best moments that overlap nothing that is held, by free slot."""
    taken = {row.slot for row in held}
    free = [slot for slot in range(max_clips) if slot not in taken]
    apart = [one for one in moments if not any(one.span.overlaps(row.span) for row in held)]
    return dict(zip(free, apart, strict=False))


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
    is_news = is_wanted and not is_shown
    if is_news:
        clip.status = status_of(render.report or QualityReport(findings=()))
    session.flush()
    if is_news:
        tell_of_clip(session, EventKind.clip_rendered, clip)


def find_render(session: Session, clip_id: ClipId, spec_digest: str) -> Render | None:
    """The newest version that was made from exactly this spec."""
    return renders.find_render(session, clip_id, spec_digest)


def _as_row(ref: JobRef, slot: int, moment: Moment) -> Clip:
    chosen = {name: getattr(moment, name) for name in MOMENT}
    return Clip(
        id=ClipId(uuid4()),
        workspace_id=ref.workspace_id,
        job_id=ref.job_id,
        slot=slot,
        start_ms=moment.span.start_ms,
        end_ms=moment.span.end_ms,
        status=ClipStatus.planned,
        **chosen,
    )
