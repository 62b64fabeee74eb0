"""What operators set for one workspace alone: feature flags and limits."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from cliply.db import operator_lists
from cliply.db.system import system_session
from cliply.domain.ids import WorkspaceId
from cliply.errors import NotFound
from cliply.operations.desk import Desk


@dataclass(frozen=True)
class WorkspaceRules:
    """What holds for a workspace."""

    flags: Mapping[str, bool]
    """Features that are switched on or off for it alone."""
    concurrent_jobs: int | None
    """Jobs that may be at work at once; None is what the installation allows."""


def read_rules(system: Engine, workspace_id: WorkspaceId) -> WorkspaceRules:
    """Raises NotFound."""
    with system_session(system) as session:
        found = operator_lists.find_workspace(session, workspace_id)
        if found is None:
            raise NotFound(f"There is no workspace {workspace_id}.")
        return WorkspaceRules(found.flags, found.concurrent_jobs)


def set_flags(desk: Desk, flags: Mapping[str, bool]) -> WorkspaceRules:
    """In place of all that there were."""
    row = operator_lists.get_workspace(desk.session, desk.workspace_id)
    row.flags = dict(flags)
    desk.record("workspace.flags", "workspace", row.id, flags=dict(flags))
    return WorkspaceRules(row.flags, row.concurrent_jobs)


def set_limits(desk: Desk, concurrent_jobs: int | None) -> WorkspaceRules:
    """None for what the installation allows."""
    row = operator_lists.get_workspace(desk.session, desk.workspace_id)
    row.concurrent_jobs = concurrent_jobs
    desk.record("workspace.limits", "workspace", row.id, concurrent_jobs=concurrent_jobs)
    return WorkspaceRules(row.flags, row.concurrent_jobs)
