"""The names and terms that a workspace's sources are full of."""

from sqlalchemy import Engine

from cliply.db import vocabulary_terms
from cliply.db.session import workspace_session
from cliply.domain.ids import WorkspaceId
from cliply.domain.vocabulary import MOST_TERMS, Term
from cliply.errors import ErrorCode, InvalidInput


def put_term(engine: Engine, workspace_id: WorkspaceId, term: Term) -> None:
    """Keep a term; another one of the same text is replaced. Raises InvalidInput when full."""
    with workspace_session(engine, workspace_id) as session:
        vocabulary_terms.put_term(session, workspace_id, term)
        if vocabulary_terms.count_terms(session) > MOST_TERMS:
            raise InvalidInput(
                ErrorCode.vocabulary_full,
                f"The vocabulary has {MOST_TERMS} terms already; remove one before adding "
                f"{term.text}.",
            )


def remove_term(engine: Engine, workspace_id: WorkspaceId, text: str) -> None:
    """Raises NotFound for a term that is not there."""
    with workspace_session(engine, workspace_id) as session:
        vocabulary_terms.delete_term(session, text)


def list_terms(engine: Engine, workspace_id: WorkspaceId) -> tuple[Term, ...]:
    """By their text."""
    with workspace_session(engine, workspace_id) as session:
        return tuple(row.term for row in vocabulary_terms.list_terms(session))
