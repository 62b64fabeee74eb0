"""What a workspace knows about words: its terms, and what persons corrected (ANA-10)."""

from typing import Annotated

from pydantic import Field, StringConstraints

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
"""A word or a few, as they should be read."""

LONGEST_CORRECTION = 500
"""Characters of a correction."""

MOST_TERMS = 500
"""Terms of one workspace; recognisers expect a few hundred at most."""


class Term(Value):
    """A name or term that recognition should expect, and what it is often heard as."""

    text: Phrase
    heard_as: tuple[Phrase, ...] = Field(default=(), max_length=10)
    """Wrong readings that become the term wherever a recogniser writes them."""


class WordCorrection(Value):
    """What is really said in a stretch of a source, whoever transcribes it."""

    span: TimeRange
    text: str = Field(max_length=LONGEST_CORRECTION)
    """Words with their punctuation; empty where nothing is said."""
    heard: str = ""
    """What stood there before."""
