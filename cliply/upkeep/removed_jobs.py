"""Removes what deleted jobs have left: objects and search rows, once their runs have ended."""

from sqlalchemy import Engine

from cliply.db import job_leftovers
from cliply.db.system import system_session
from cliply.domain.ids import JobRef
from cliply.search.database import SearchPlace
from cliply.services.indexing import remove_job
from cliply.storage.keys import analysis_prefix, job_clips_prefix
from cliply.storage.objects import ObjectStore


def finish_removals(system: Engine, store: ObjectStore, search: SearchPlace) -> int:
    """How many jobs are gone for good now.

    What says that there is something to remove goes last, so an interruption is made up for.
    """
    with system_session(system) as session:
        removals = job_leftovers.list_with_files(session)
    for removal in removals:
        remove_files(store, search, removal.ref)
        with system_session(system) as session:
            job_leftovers.end_removal(session, removal.job_id)
    return len(removals)


def remove_files(store: ObjectStore, search: SearchPlace, ref: JobRef) -> None:
    """Analysis, renders and search rows; what is not there is no error."""
    store.delete_prefix(analysis_prefix(ref))
    store.delete_prefix(job_clips_prefix(ref))
    remove_job(search, ref)
