"""Queries for word corrections."""

from collections.abc import Collection
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cliply.db.models import WordCorrection
from cliply.domain.ids import CorrectionId, WorkspaceId
from cliply.domain.vocabulary import WordCorrection as Correction


def list_corrections(
    session: Session, content_hash: str, *, lock: bool = False
) -> list[WordCorrection]:
    """All of some media, in order of time; no two overlap.

    With `lock` nobody else corrects the media until the transaction ends.
    """
    if lock:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(content_hash, 0))))
    found = select(WordCorrection).where(WordCorrection.content_hash == content_hash)
    return list(session.scalars(found.order_by(WordCorrection.start_ms)))


def add_correction(
    session: Session, workspace_id: WorkspaceId, content_hash: str, correction: Correction
) -> None:
    row = WordCorrection(
        id=CorrectionId(uuid4()),
        workspace_id=workspace_id,
        content_hash=content_hash,
        start_ms=correction.span.start_ms,
        end_ms=correction.span.end_ms,
        text=correction.text,
        heard=correction.heard,
    )
    session.add(row)


def delete_corrections(session: Session, ids: Collection[CorrectionId]) -> None:
    session.execute(delete(WordCorrection).where(WordCorrection.id.in_(ids)))
