"""How many jobs of a workspace may wait: beyond that, asking again later is the answer."""

from sqlalchemy.orm import Session

from cliply.db import run_requests
from cliply.db.locks import hold_workspace
from cliply.domain.ids import JobRef
from cliply.errors import ErrorCode, TooMany

MOST_WAITING = 100
"""Jobs that may wait, unless the installation says otherwise."""

USUAL_RUN_S = 60.0
"""What a run is taken to last before one has ended."""
SHORTEST_WAIT_S = 5
LONGEST_WAIT_S = 3600


def admit(session: Session, ref: JobRef, most_waiting: int = MOST_WAITING) -> None:
    """Called where a job's run request is added, in the same transaction.

    Jobs above the workspace's places wait in its queue; only a full queue refuses. Until
    the transaction ends nobody else adds one, so that twins do not both take the last
    place. Raises TooMany (JOBS_FULL) with the seconds that one run usually takes.
    """
    hold_workspace(session, ref.workspace_id, "jobs")
    waiting = run_requests.count_waiting_jobs(session, besides=ref.job_id)
    if waiting >= most_waiting:
        raise TooMany(
            f"{waiting} jobs are waiting already; send this one when some of them have begun.",
            retry_after_s(run_requests.typical_run_s(session)),
            ErrorCode.jobs_full,
        )


def retry_after_s(typical_run_s: float | None) -> int:
    """Whole seconds until a place is likely to be free."""
    wait_s = USUAL_RUN_S if typical_run_s is None else typical_run_s
    return round(min(max(wait_s, SHORTEST_WAIT_S), LONGEST_WAIT_S))
