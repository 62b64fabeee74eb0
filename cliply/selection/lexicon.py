"""The words of one language that selection listens for."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Phrase = tuple[str, ...]

_EDGE_PUNCTUATION = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True)
class Lexicon:
    """Words as `normalise` writes them; a language that nobody described has none."""

    continuations: frozenset[str] = frozenset()
    """First words by which a sentence leans on the one before."""
    stopwords: frozenset[str] = frozenset()
    """Words that say nothing about a subject."""
    strong: Mapping[str, float] | None = None
    """How strongly a word pulls a listener in, 0…1; None where nobody weighed them."""
    phrases: Mapping[Phrase, float] | None = None
    """The same for phrases of two or three words."""
    number_words: frozenset[str] = frozenset()
    endings: Mapping[str, int] = field(default_factory=dict)
    """Endings of words that make no other word of them, and how many letters they leave at least;
    longest first."""


def vocabulary(words: str) -> frozenset[str]:
    """Words that stand apart by white space."""
    return frozenset(words.split())


def weighted(groups: Mapping[float, str]) -> dict[str, float]:
    """The weight of each word, from words by weight."""
    return {word: weight for weight, words in groups.items() for word in words.split()}


def weighted_phrases(groups: Mapping[float, Iterable[str]]) -> dict[Phrase, float]:
    """The weight of each phrase, from phrases by weight."""
    return {
        tuple(phrase.split()): weight for weight, phrases in groups.items() for phrase in phrases
    }


def normalise(word: str) -> str:
    """Lower case, without the punctuation around it; an inner apostrophe is straight."""
    return _EDGE_PUNCTUATION.sub("", word.lower().replace("’", "'"))


def endings(long: str, short: str) -> dict[str, int]:
    """Endings by what they leave: four letters before the long ones, three before the others."""
    least = dict.fromkeys(short.split(), 3) | dict.fromkeys(long.split(), 4)
    return {ending: least[ending] for ending in sorted(least, key=lambda one: (-len(one), one))}


def stem(word: str, lexicon: Lexicon) -> str:
    """What a word shares with its other forms: `prices` and `Pricing` both give `pric`.

    Case, accents and endings go, one after the other.
    """
    letters = unicodedata.normalize("NFKD", normalise(word).casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    bare = bare.removesuffix("'s").removesuffix("'")
    while (shorter := _without_ending(bare, lexicon.endings)) != bare:
        bare = shorter
    return bare


def _without_ending(word: str, endings: Mapping[str, int]) -> str:
    """With a doubled consonant before it written once, as in `running`."""
    for ending, least in endings.items():
        kept = word.removesuffix(ending)
        if kept != word and len(kept) >= least:
            is_doubled = len(ending) > 1 and kept[-1] == kept[-2] and kept[-1] not in "aeiousl"
            return kept[:-1] if is_doubled else kept
    return word
