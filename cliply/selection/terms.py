"""Where the terms of a phrase are said, in any form of the words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cliply.domain.transcript import Word
from cliply.selection.lexicon import Lexicon, normalise, stem

_PARTS = re.compile(r"[^\w'’]+")


@dataclass(frozen=True)
class Terms:
    """The stems of a transcript in order; `pre-war` is two of them at one word."""

    stems: tuple[str, ...]
    words: tuple[int, ...]
    """Index of the word that each stem belongs to."""
    lexicon: Lexicon

    @classmethod
    def of(cls, words: Sequence[Word], lexicon: Lexicon) -> "Terms":
        known: dict[str, list[str]] = {}
        pairs: list[tuple[str, int]] = []
        for index, word in enumerate(words):
            if word.text not in known:
                known[word.text] = stems_of(word.text, lexicon)
            pairs += [(term, index) for term in known[word.text]]
        return cls(tuple(term for term, _ in pairs), tuple(index for _, index in pairs), lexicon)

    def find(self, phrase: str) -> Iterator[int]:
        """Index of the first word of each place where the phrase is said, in order."""
        asked = stems_of(phrase, self.lexicon)
        for place, term in enumerate(self.stems):
            # The first term is looked at alone, as a slice at every word costs ten times as much.
            if asked and term == asked[0] and [*self.stems[place : place + len(asked)]] == asked:
                yield self.words[place]


def stems_of(text: str, lexicon: Lexicon) -> list[str]:
    """The stems of its words in order, hyphens parting words."""
    parts = (normalise(part) for part in _PARTS.split(text))
    return [stem(part, lexicon) for part in parts if part]
