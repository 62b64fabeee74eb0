"""Whether a step of a requested run may begin."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cliply.db import jobs, run_requests
from cliply.db.models import RunRequest
from cliply.domain.ids import JobId
from cliply.domain.jobs import JobStatus
from cliply.errors import Cancelled, Paused

GIVEN_UP = "Another run goes on with the job."


@dataclass(frozen=True)
class Asked:
    """The request that a run was started for."""

    request_id: UUID
    run_id: str
    is_repeat: bool = False
    """Whether the run repeats another one of the request, whose process died."""


def find_objection(session: Session, job_id: JobId, asked: Asked) -> Cancelled | None:
    """Why no further step of the run may begin; None when one may.

    Holds the job until the transaction ends. To pause is the end of the run: its request
    is closed, and who resumes the job asks for what is left.
    """
    job = jobs.find_job(session, job_id, lock=True)
    if job is None:
        return Cancelled("The job was deleted.")
    request = run_requests.find_request(session, asked.request_id)
    if request is None or _is_by_hand(request, asked):
        return None
    if job.status is JobStatus.cancelled:
        return Cancelled("The job was cancelled.")
    if request.closed_at is not None:
        return Paused() if job.paused_at is not None else Cancelled(GIVEN_UP)
    if job.paused_at is not None:
        run_requests.put_away(session, request.id)
        return Paused()
    return None


def _is_by_hand(request: RunRequest, asked: Asked) -> bool:
    """An operator who runs a run again in the UI takes over its tags and asks nobody."""
    return request.run_id not in (None, asked.run_id) and not asked.is_repeat
