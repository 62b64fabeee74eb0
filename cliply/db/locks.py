"""Locks between processes that belong to no row."""

import hashlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cliply.domain.ids import WorkspaceId


def hold_workspace(session: Session, workspace_id: WorkspaceId, purpose: str) -> None:
    """Wait until nobody else does this in the workspace; ends with the transaction."""
    digest = hashlib.blake2b(f"{workspace_id.hex} {purpose}".encode(), digest_size=8).digest()
    session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest, signed=True))))
