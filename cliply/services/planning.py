"""From candidates to clip rows, and from clip rows to what is to be rendered."""

from sqlalchemy import Engine

from cliply.db import clips as clip_rows
from cliply.db.session import workspace_session
from cliply.domain.candidates import CandidateList
from cliply.domain.ids import JobRef
from cliply.domain.jobs import JobStatus
from cliply.services import clips, phases
from cliply.services.rendering import Planned


def plan(engine: Engine, ref: JobRef, chosen: CandidateList, max_clips: int) -> None:
    """Give the best candidates a clip row each; a job without any ends and says why."""
    with workspace_session(engine, ref.workspace_id) as session:
        clips.plan_clips(session, ref.job_id, chosen, max_clips)
    if chosen.items:
        phases.advance(engine, ref, JobStatus.clips_generated)
    else:
        phases.advance(engine, ref, JobStatus.completed, outcome=chosen.empty_because)


def list_planned(
    engine: Engine, ref: JobRef, chosen: CandidateList, slots: frozenset[int]
) -> tuple[Planned, ...]:
    """The wanted slots that hold a clip: slot n is the n-th best candidate."""
    with workspace_session(engine, ref.workspace_id) as session:
        rows = clip_rows.list_clips(session, ref.job_id)
        return tuple(
            Planned(row.id, row.slot, chosen.items[row.slot], row.edit)
            for row in rows
            if row.slot in slots and row.slot < len(chosen.items)
        )
