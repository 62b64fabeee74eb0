"""Removes what deleted workspaces have left: objects and search tables first, then rows."""

from sqlalchemy import Engine

from cliply.db.purging import list_deleted_workspaces, purge_rows
from cliply.db.system import system_session
from cliply.storage.objects import ObjectStore


def purge_deleted_workspaces(system: Engine, store: ObjectStore) -> int:
    """How many are gone for good now.

    The workspace's row goes last, so what was interrupted is done again.
    """
    with system_session(system) as session:
        overdue = list_deleted_workspaces(session)
    for workspace_id in overdue:
        store.delete_prefix(workspace_id.hex)
        with system_session(system) as session:
            purge_rows(session, workspace_id)
    return len(overdue)
