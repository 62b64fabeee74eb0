"""Queries for vocabulary terms."""

from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.models import VocabularyTerm
from cliply.domain.ids import TermId, WorkspaceId
from cliply.domain.vocabulary import Term
from cliply.errors import NotFound


def put_term(session: Session, workspace_id: WorkspaceId, term: Term) -> None:
    """Add the term, or give the one of this text other readings."""
    added = insert(VocabularyTerm).values(
        id=TermId(uuid4()), workspace_id=workspace_id, text=term.text, term=term
    )
    session.execute(
        added.on_conflict_do_update(
            index_elements=["workspace_id", "text"], set_={"term": added.excluded.term}
        )
    )


def list_terms(session: Session) -> list[VocabularyTerm]:
    """By their text."""
    return list(session.scalars(select(VocabularyTerm).order_by(VocabularyTerm.text)))


def count_terms(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(VocabularyTerm)) or 0


def delete_term(session: Session, text: str) -> None:
    """Raises NotFound."""
    row = session.scalar(select(VocabularyTerm).where(VocabularyTerm.text == text))
    if row is None:
        raise NotFound(f"There is no term {text}; `cliply vocabulary list` shows all.")
    session.delete(row)
