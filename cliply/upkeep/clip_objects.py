"""Sweeps files of clips that no render names any more."""

from sqlalchemy import Engine

from cliply.db.renders import list_keys_of_workspace
from cliply.db.system import system_session
from cliply.db.workspaces import list_workspaces
from cliply.domain.ids import WorkspaceId
from cliply.services.clip_objects import clear_slot
from cliply.storage.keys import clips_prefix, slot_of
from cliply.storage.objects import ObjectStore


def sweep_clip_objects(system: Engine, store: ObjectStore) -> int:
    """Remove what deletions and interrupted renders left behind; how many objects.

    It goes by what is there, so nothing that was once missed is missed for good. A render
    that is being stored meanwhile stays.
    """
    with system_session(system) as session:
        ids = [row.id for row in list_workspaces(session)]
    return sum(_sweep(system, store, workspace_id) for workspace_id in ids)


def _sweep(system: Engine, store: ObjectStore, workspace_id: WorkspaceId) -> int:
    present = store.list(clips_prefix(workspace_id))
    if not present:
        return 0
    with system_session(system) as session:
        named = list_keys_of_workspace(session, workspace_id)
    strays = {slot_of(key) for key in present if key not in named} - {None}
    return sum(clear_slot(system, store, *stray) for stray in strays if stray)
