"""Vocabulary terms: names and terms that a workspace's sources are full of."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Document, Owned, Row
from cliply.domain.ids import TermId
from cliply.domain.vocabulary import Term


class VocabularyTerm(Owned, Created, Row):
    """A term; a workspace has each text once."""

    __tablename__ = "vocabulary_terms"

    id: Mapped[TermId] = mapped_column(primary_key=True)
    text: Mapped[str]
    term: Mapped[Term] = mapped_column(Document(Term))

    __table_args__ = (UniqueConstraint("workspace_id", "text"),)
