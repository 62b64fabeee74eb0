"""What other systems are to be told, written in the transaction in which it happens."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from cliply.db.models import Clip, Job
from cliply.db.webhook_deliveries import add_deliveries
from cliply.db.webhook_events import add_webhook_event
from cliply.db.webhook_subscriptions import list_wanting
from cliply.domain.ids import JobId, WorkspaceId
from cliply.domain.webhooks import EventKind


def tell(
    session: Session,
    workspace_id: WorkspaceId,
    kind: EventKind,
    payload: Mapping[str, Any],
    job_id: JobId | None = None,
) -> None:
    """Have all subscriptions told that want such events; nothing if none does.

    The payload has ids and facts, never a secret or a signed link. Call it last: who
    tells of the same job waits until the transaction ends, so that all are told in order.
    """
    wanting = list_wanting(session, workspace_id, kind)
    if wanting:
        event = add_webhook_event(session, workspace_id, kind, payload, job_id)
        add_deliveries(session, event, [one for one in wanting if one.disabled_at is None])


def tell_of_job(session: Session, kind: EventKind, job: Job) -> None:
    """Tell what a job is now."""
    facts = {
        "job_id": str(job.id),
        "status": job.status,
        "mode": job.mode,
        "source_video_id": None if job.source_video_id is None else str(job.source_video_id),
        "source_url": job.source_url,
        "error_code": job.error_code,
        "outcome": job.outcome,
    }
    tell(session, job.workspace_id, kind, facts, job.id)


def tell_of_clip(session: Session, kind: EventKind, clip: Clip) -> None:
    """Tell what a clip is now."""
    facts = {
        "clip_id": str(clip.id),
        "job_id": str(clip.job_id),
        "slot": clip.slot,
        "status": clip.status,
        "version": clip.version,
        "start_ms": clip.start_ms,
        "end_ms": clip.end_ms,
    }
    tell(session, clip.workspace_id, kind, facts, clip.job_id)
