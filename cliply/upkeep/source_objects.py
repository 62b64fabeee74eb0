"""Sweeps media that no source names any more, or never did."""

from datetime import timedelta

from sqlalchemy import Engine

from cliply.db.session import now
from cliply.db.stored_files import list_source_keys
from cliply.db.system import system_session
from cliply.db.workspaces import list_workspaces
from cliply.domain.ids import WorkspaceId
from cliply.storage.keys import sources_prefix
from cliply.storage.objects import ObjectStore

SOON = timedelta(days=1)
"""A source is stored before the row that names it: by then the row is there, or never comes."""


def sweep_source_objects(system: Engine, store: ObjectStore) -> int:
    """Remove what processes that died left behind; how many objects."""
    with system_session(system) as session:
        ids = [row.id for row in list_workspaces(session)]
    count = 0
    for workspace_id in ids:
        left = left_sources(system, store, workspace_id)
        store.delete(left)
        count += len(left)
    return count


def left_sources(
    system: Engine, store: ObjectStore, workspace_id: WorkspaceId, after: timedelta = SOON
) -> list[str]:
    """Objects that have had their key for longer than `after` and that no row names."""
    with system_session(system) as session:
        before = now(session) - after
    present = store.list_before(sources_prefix(workspace_id), before)
    if not present:
        return []
    with system_session(system) as session:
        named = list_source_keys(session, workspace_id)
    return [key for key in present if key not in named]
