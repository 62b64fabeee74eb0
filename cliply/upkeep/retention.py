"""Lets go of what has been kept long enough (DAG-8): sources, analysis, history."""

from dataclasses import dataclass

from sqlalchemy import Engine

from cliply.db import job_leftovers
from cliply.db.jobs import find_job
from cliply.db.session import now, workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import JobRef
from cliply.domain.jobs import ENDED, JobStatus
from cliply.storage.keys import analysis_prefix
from cliply.storage.objects import ObjectStore

AT_ONCE = 200
"""Jobs that one round takes; the next one goes on."""

AT_REST = ENDED | {JobStatus.review}


@dataclass(frozen=True)
class Keeping:
    """For how many days what is kept."""

    sources_days: int = 7
    """Sources and analysis, after the end of the last job of them."""
    runs_days: int = 90
    """Runs, steps and events, after the end of their job."""


def archive_jobs(system: Engine, store: ObjectStore, keeping: Keeping) -> int:
    """Remove the analysis of jobs that ended long ago; how many jobs. Renders stay."""
    with system_session(system) as session:
        old = job_leftovers.list_archivable(session, keep_days=keeping.sources_days, limit=AT_ONCE)
    return sum(_archive(system, store, ref) for ref in old)


def _archive(system: Engine, store: ObjectStore, ref: JobRef) -> bool:
    """Meanwhile nobody can go on with the job; interrupted, it is done again."""
    with workspace_session(system, ref.workspace_id) as session:
        job = find_job(session, ref.job_id, lock=True)
        if job is None or job.status not in AT_REST or job.archived_at is not None:
            return False
        store.delete_prefix(analysis_prefix(ref))
        job.archived_at = now(session)
    return True


def expire_sources(system: Engine, store: ObjectStore, keeping: Keeping) -> int:
    """Remove the media of sources that no job needs any more; how many objects.

    The row stays, for jobs show what they were made of. Whoever sends the same file again
    puts it back in its place.
    """
    with system_session(system) as session:
        old = job_leftovers.list_unneeded_sources(session, keep_days=keeping.sources_days)
        gone = {row.id for row in old}
        keys = {
            row.object_key
            for row in old
            if not job_leftovers.is_shared(session, row.object_key, gone)
        } | {row.transcript_key for row in old if row.transcript_key}
    there = [key for key in sorted(keys) if store.exists(key)]
    store.delete(there)
    return len(there)


def forget_history(system: Engine, keeping: Keeping) -> int:
    """Delete steps, events and requests of jobs that ended long ago; how many jobs.

    A job without a history has no runs for the graph to keep: the reconciler deletes them.
    """
    with system_session(system) as session:
        old = job_leftovers.list_long_ended(session, keep_days=keeping.runs_days, limit=AT_ONCE)
    for ref in old:
        with workspace_session(system, ref.workspace_id) as session:
            if find_job(session, ref.job_id, lock=True) is not None:
                job_leftovers.delete_history(session, ref)
    return len(old)
