"""Idempotency keys: answers to requests that must have one effect, kept for 24 h."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Owned, Row
from cliply.domain.ids import WorkspaceId


class IdempotencyKey(Owned, Created, Row):
    """Written in the transaction of the effect itself, so that both are there or neither."""

    __tablename__ = "idempotency_keys"

    workspace_id: Mapped[WorkspaceId] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True)
    """`user:<id>` or `token:<id>`: keys of two callers never meet."""
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[str]
    """SHA-256 of method, path, query and body."""
    status: Mapped[int | None]
    """The answer's; None while the request is being answered, which no other one sees."""
    headers: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    body: Mapped[str | None]

    __table_args__ = (Index(None, "created_at"),)
