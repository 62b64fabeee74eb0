"""What a person types, made fit for the text index."""

import re
import unicodedata

from cliply.errors import ErrorCode, InvalidInput

LONGEST_QUERY = 500
"""Characters that are looked at; a spoken sentence has about 100."""

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FUNCTION_WORDS = _words(
    "a an and any are as at be been but by can could did do does for from had has have he her him "
    "his how i if in into is it its just me my no not of on or our she so that the their them "
    "then there these they this those to us was we were what when where which who whose why will "
    "with would you your"
)
_ASKING_WORDS = _words(
    "about all bit bits clip clips discuss discusses find footage give look mention mentions "
    "moment moments part parts piece pieces please scene scenes section sections segment segments "
    "show talk talking talks video videos"
)
"""Words of a request ("the parts about pricing") that say nothing on what it is about."""


def clean_query(query: str) -> str:
    """The query without what no index can hold, at most `LONGEST_QUERY` characters.

    Raises InvalidInput with QUERY_EMPTY when nothing is left.
    """
    visible = _UNSEEN.sub(" ", query[: 2 * LONGEST_QUERY])
    text = " ".join(unicodedata.normalize("NFKC", visible).translate(_APOSTROPHES).split())
    if not text:
        raise InvalidInput(ErrorCode.query_empty, "The query is empty; say what to look for.")
    return text[:LONGEST_QUERY]


def subject_of(query: str) -> str:
    """The words of a cleaned query that say what it is about; all of them when none does."""
    words = query.split()
    for unsaying in (_FUNCTION_WORDS | _ASKING_WORDS, _FUNCTION_WORDS):
        left = [word for word in words if word.strip(".,;:!?\"'()").lower() not in unsaying]
        if left:
            return " ".join(left)
    return query
