"""From a ranking to clip rows, and from clip rows to what is to be rendered."""

from sqlalchemy import Engine

from cliply.db import clips as clip_rows
from cliply.db.session import workspace_session
from cliply.domain.candidates import CandidateList
from cliply.domain.ids import JobRef
from cliply.domain.job_moves import JobMove
from cliply.domain.ranking import Ranking
from cliply.services import clips, phases
from cliply.services.rendering import Planned


def plan(
    engine: Engine,
    ref: JobRef,
    chosen: CandidateList,
    ranking: Ranking,
    max_clips: int,
    *,
    reorder: bool = False,
) -> None:
    """Give the best candidates a clip row each; a job without any ends and says why.

    What stays where it is when a job is planned again is said at `clips.plan_clips`.
    """
    with workspace_session(engine, ref.workspace_id) as session:
        moments = clips.ranked_moments(chosen, ranking)
        planned = clips.plan_clips(session, ref.job_id, moments, max_clips, reorder=reorder)
    if planned:
        phases.advance(engine, ref, JobMove.plan)
    else:
        phases.advance(engine, ref, JobMove.find_nothing, outcome=chosen.empty_because)


def list_planned(engine: Engine, ref: JobRef, slots: frozenset[int]) -> tuple[Planned, ...]:
    """The wanted slots that hold a clip, each with the moment that its row names."""
    with workspace_session(engine, ref.workspace_id) as session:
        rows = clip_rows.list_clips(session, ref.job_id)
        return tuple(
            Planned(row.id, row.slot, row.moment, row.edit) for row in rows if row.slot in slots
        )
