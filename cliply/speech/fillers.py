"""Finds filler words in a transcript."""

import re

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript

FILLERS = {
    "en": frozenset({"um", "uh", "uhm", "er", "erm", "hm", "mhm", "m"}),
    "de": frozenset({"äh", "ähm", "öh", "öhm", "hm", "mhm", "m"}),
    "fr": frozenset({"euh", "heu", "hum", "hm", "m"}),
    "es": frozenset({"eh", "em", "hm", "m"}),
}
"""Filler words by language, with repeated letters written once.

`um` is a word in German and Portuguese and `er` one in German, so each language has its
own list.
"""

EVERYWHERE = frozenset({"uh", "uhm", "erm", "hm", "mhm", "äh", "ähm", "euh"})
"""Sounds that are a word in none of the languages above; used for all others."""


def find_fillers(transcript: Transcript) -> tuple[TimeRange, ...]:
    """The spans of words that say nothing (`um`, `uhhh`, …), in order."""
    language = transcript.language.partition("-")[0].lower()
    fillers = FILLERS.get(language, EVERYWHERE)
    return tuple(word.span for word in transcript.words if _bare(word.text) in fillers)


def _bare(text: str) -> str:
    """Lower case, letters only, each run of one letter as a single one."""
    letters = re.sub(r"[\W\d_]", "", text.lower())
    return re.sub(r"(.)\1+", r"\1", letters)
