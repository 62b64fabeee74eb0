"""Queries for what deleted jobs have left behind."""

from collections.abc import Collection

from sqlalchemy import select, union
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.models import JobRemoval, JobStep, RunRequest
from cliply.domain.ids import JobId, JobRef


def add_removal(session: Session, ref: JobRef, run_ids: Collection[str]) -> None:
    """Have the job's runs and files removed once the transaction is committed."""
    values = {"job_id": ref.job_id, "workspace_id": ref.workspace_id, "run_ids": list(run_ids)}
    session.execute(insert(JobRemoval).values(**values).on_conflict_do_nothing())


def list_run_ids(session: Session, job_id: JobId) -> list[str]:
    """Every run that is known to have worked on the job."""
    of_requests = select(RunRequest.run_id).where(RunRequest.job_id == job_id)
    of_steps = select(JobStep.run_id).where(JobStep.job_id == job_id)
    found = session.scalars(union(of_requests, of_steps)).all()
    return sorted(run_id for run_id in found if run_id is not None)
