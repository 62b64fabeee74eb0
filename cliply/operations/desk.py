"""Where operators work: a transaction in the workspace that something of theirs belongs to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import operator_lists, workspaces
from cliply.db.audit_entries import add_audit_entry
from cliply.db.models import AuditEntry
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import JobId, WorkspaceId
from cliply.errors import NotFound


@dataclass(frozen=True)
class Operator:
    """Who acts, as the audit log of the workspace tells it to its members."""

    name: str
    """How the digest of their token begins."""
    ip: str | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class Desk:
    """One transaction of an operator, pinned to one workspace."""

    operator: Operator
    workspace_id: WorkspaceId
    session: Session

    def record(self, action: str, resource: str, resource_id: object, **details: Any) -> None:
        """Write to the workspace's audit log, with the transaction."""
        entry = AuditEntry(
            workspace_id=self.workspace_id,
            action=action,
            resource_type=resource,
            resource_id=str(resource_id),
            ip=self.operator.ip,
            request_id=self.operator.request_id,
            details={"operator": self.operator.name, **details},
        )
        add_audit_entry(self.session, entry)


@contextmanager
def desk_of_job(
    engine: Engine, system: Engine, operator: Operator, job_id: JobId
) -> Iterator[Desk]:
    """In the workspace of the job. Raises NotFound."""
    with system_session(system) as session:
        workspace_id = operator_lists.find_workspace_of(session, job_id)
    if workspace_id is None:
        raise NotFound(f"There is no job {job_id}.")
    with workspace_session(engine, workspace_id) as session:
        yield Desk(operator, workspace_id, session)


@contextmanager
def desk_of_workspace(
    system: Engine, operator: Operator, workspace_id: WorkspaceId
) -> Iterator[Desk]:
    """For what its members may not change. Raises NotFound, also for a deleted workspace."""
    with system_session(system) as session:
        if not workspaces.lock_workspaces(session, [workspace_id]):
            raise NotFound(f"There is no workspace {workspace_id}.")
        yield Desk(operator, workspace_id, session)
