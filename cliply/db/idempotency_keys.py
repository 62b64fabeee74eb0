"""Queries for idempotency keys."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.models import IdempotencyKey
from cliply.domain.ids import WorkspaceId


def claim_key(
    session: Session, workspace_id: WorkspaceId, actor: str, key: str, digest: str
) -> IdempotencyKey:
    """The key's row: new, without a status, or as an earlier request has left it.

    Waits for a transaction that has claimed the same one.
    """
    values = {"workspace_id": workspace_id, "actor": actor, "key": key}
    added = insert(IdempotencyKey).values(**values, request_digest=digest)
    session.execute(added.on_conflict_do_nothing())
    of_actor = select(IdempotencyKey).where(IdempotencyKey.actor == actor)
    return session.scalars(of_actor.where(IdempotencyKey.key == key)).one()


def delete_keys_before(session: Session, moment: datetime) -> None:
    """Forget older ones; needs a system session."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < moment))
