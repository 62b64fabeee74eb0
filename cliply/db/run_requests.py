"""Queries for run requests."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from cliply.db.models import RunRequest
from cliply.db.session import now
from cliply.domain.ids import JobRef

RERENDERED = "rerendered"
"""The reason of a request whose clip is to be rendered whatever is there."""


def add_run_request(
    session: Session, ref: JobRef, assets: Sequence[str], *, priority: int, reason: str
) -> RunRequest:
    """Ask for these assets of the job; no names means all of them."""
    request = RunRequest(
        id=uuid4(),
        workspace_id=ref.workspace_id,
        job_id=ref.job_id,
        assets=list(assets),
        priority=priority,
        reason=reason,
    )
    session.add(request)
    return request


def list_pending(session: Session, *, limit: int) -> list[RunRequest]:
    """Requests without a run: highest priority first, then oldest.

    Held until the transaction ends; those that another transaction holds are left out.
    """
    return list(
        session.scalars(
            select(RunRequest)
            .where(RunRequest.drained_at.is_(None))
            .order_by(RunRequest.priority.desc(), RunRequest.created_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def mark_drained(session: Session, request: RunRequest, *, run_id: str) -> None:
    """The request has its run; `run_id` is that run."""
    request.drained_at = now(session)
    request.run_id = run_id
