"""Queries for webhook events, the outbox."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cliply.db.models import WebhookEvent
from cliply.domain.ids import JobId, WorkspaceId


def add_webhook_event(
    session: Session,
    workspace_id: WorkspaceId,
    kind: str,
    payload: Mapping[str, Any],
    job_id: JobId | None,
) -> WebhookEvent:
    """Its id is above those of all events of the job that are committed."""
    if job_id is not None:
        _hold_order(session, job_id)
    event = WebhookEvent(
        workspace_id=workspace_id,
        message_id=uuid4(),
        kind=kind,
        job_id=job_id,
        payload=dict(payload),
    )
    session.add(event)
    session.flush()
    return event


def list_kinds(session: Session, event_ids: Collection[int]) -> dict[int, str]:
    """What each of the events is."""
    wanted = select(WebhookEvent.id, WebhookEvent.kind).where(WebhookEvent.id.in_(event_ids))
    return {event_id: kind for event_id, kind in session.execute(wanted)}


def _hold_order(session: Session, job_id: JobId) -> None:
    """Wait for who else tells of the job: ids come in the order of commits then."""
    digest = hashlib.blake2b(f"{job_id.hex} told".encode(), digest_size=8).digest()
    session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest, signed=True))))
