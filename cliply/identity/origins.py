"""Where a request came from, for sign-ins and the audit log."""

from dataclasses import dataclass

from cliply.db.models import AuditEntry
from cliply.domain.ids import UserId, WorkspaceId

MAX_USER_AGENT = 200


@dataclass(frozen=True)
class Origin:
    """What is kept of a request itself."""

    ip: str | None = None
    request_id: str | None = None
    user_agent: str | None = None

    @property
    def kept_user_agent(self) -> str | None:
        """Its printable characters, cut: programs send what they like."""
        told = "".join(char for char in self.user_agent or "" if char.isprintable())
        return told[:MAX_USER_AGENT] or None

    def entry(
        self,
        workspace_id: WorkspaceId,
        actor_id: UserId,
        action: str,
        resource: str,
        resource_id: object,
        **details: str,
    ) -> AuditEntry:
        """What the audit log of a workspace gets to know; `details` hold no secret."""
        return AuditEntry(
            workspace_id=workspace_id,
            actor_id=actor_id,
            action=action,
            resource_type=resource,
            resource_id=str(resource_id),
            ip=self.ip,
            request_id=self.request_id,
            details=details,
        )
