"""Requests that have one effect however often they are sent (API-2)."""

import hashlib
from typing import TYPE_CHECKING

from fastapi import Request
from sqlalchemy.orm import Session

from cliply.db.idempotency_keys import claim_key
from cliply.db.models import IdempotencyKey
from cliply.errors import Conflict, ErrorCode

if TYPE_CHECKING:
    from api.work import Caller


def digest_of(request: Request, content: bytes) -> str:
    """SHA-256 of what is asked: method, path, query and body."""
    url = request.url
    asked = f"{request.method} {url.path}?{url.query}\n".encode() + content
    return hashlib.sha256(asked).hexdigest()


def claim(session: Session, caller: "Caller", key: str, digest: str) -> IdempotencyKey:
    """The key's row, after a twin that runs at the same time has ended.

    Raises Conflict when the key came with another request.
    """
    row = claim_key(session, caller.workspace_id, caller.actor, key, digest)
    if row.request_digest != digest:
        raise Conflict(
            "This Idempotency-Key came with another request before; use a new key.",
            ErrorCode.idempotency_key_reused,
        )
    return row
