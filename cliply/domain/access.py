"""Who may do what in a workspace: roles, and the permissions of each."""

from enum import StrEnum


class Role(StrEnum):
    """What a member is in a workspace; each may do all that the one before it may."""

    viewer = "viewer"
    editor = "editor"
    admin = "admin"
    owner = "owner"


class Permission(StrEnum):
    """One thing that can be allowed; the scopes of API tokens are the same words."""

    jobs_read = "jobs:read"
    jobs_write = "jobs:write"
    clips_read = "clips:read"
    clips_write = "clips:write"
    uploads_write = "uploads:write"
    brand_read = "brand:read"
    brand_write = "brand:write"
    publish_request = "publish:request"
    workspace_read = "workspace:read"
    workspace_write = "workspace:write"
    members_write = "members:write"
    tokens_read = "tokens:read"
    tokens_write = "tokens:write"
    webhooks_read = "webhooks:read"
    webhooks_write = "webhooks:write"
    audit_read = "audit:read"
    billing_transfer = "billing:transfer"
    workspace_delete = "workspace:delete"


_VIEWER = {
    Permission.jobs_read,
    Permission.clips_read,
    Permission.brand_read,
    Permission.workspace_read,
}
_EDITOR = _VIEWER | {
    Permission.jobs_write,
    Permission.clips_write,
    Permission.uploads_write,
    Permission.brand_write,
    Permission.publish_request,
}
_OWNER_ALONE = {Permission.billing_transfer, Permission.workspace_delete}

ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.viewer: frozenset(_VIEWER),
    Role.editor: frozenset(_EDITOR),
    Role.admin: frozenset(set(Permission) - _OWNER_ALONE),
    Role.owner: frozenset(Permission),
}
"""The one table of who may do what (TEN-2)."""


def allows(role: Role, scopes: frozenset[Permission] | None, wanted: Permission) -> bool:
    """Whether a member of this role may; a token's scopes narrow that, never widen it."""
    return wanted in ALLOWED[role] and (scopes is None or wanted in scopes)


def outranks(role: Role, other: Role) -> bool:
    """Whether a member may give or take away that role: owners any, others only below theirs."""
    order = list(Role)
    return role is Role.owner or order.index(role) > order.index(other)
