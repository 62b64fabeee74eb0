"""Hashtags made from the words that are said."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from cliply.selection.lexicon import normalise, stem, vocabulary
from cliply.selection.lexicons import LEXICONS, lexicon_of

MOST_HASHTAGS = 5
SHORTEST_TAG, LONGEST_TAG = 4, 30
"""Letters of a hashtag."""
NAME_WEIGHT = 2.0
"""A name counts as often as this many other words."""

_EMPHASIS = vocabulary(
    """
    absolutely actually always best better everyone everything exactly finally first last least
    literally most must never nobody nothing stop suddenly worse worst
    """
)
"""Strong words that are about no subject."""
_NO_SUBJECT = _EMPHASIS.union(
    *(lexicon.stopwords | lexicon.continuations for lexicon in LEXICONS.values())
)


def make_hashtags(text: str, language: str = "und") -> tuple[str, ...]:
    """At most `MOST_HASHTAGS` terms of a text, the weightiest first; no `#`, lower case.

    Names (words with a capital inside a sentence, neighbouring ones as one) and content words
    that are said often. Forms of one word are one tag, in the form that is said most. Stop
    words of any language that selection knows are left out.
    """
    lexicon = lexicon_of(language)
    weights: defaultdict[str, float] = defaultdict(float)
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for tag, weight in _terms(text.split(), capitals_name=not language.startswith("de")):
        root = stem(tag, lexicon)
        weights[root] += weight
        forms[root][tag] += 1
    best = sorted(weights, key=lambda root: -weights[root])  # stable: the earlier term first
    return tuple(forms[root].most_common(1)[0][0] for root in best[:MOST_HASHTAGS])


def _terms(words: Sequence[str], *, capitals_name: bool) -> Iterator[tuple[str, float]]:
    """Each name and content word with what it counts; German writes all nouns large."""
    named = [capitals_name and _is_name(words, index) for index in range(len(words))]
    for is_name, group in groupby(range(len(words)), key=named.__getitem__):
        indices = list(group)
        runs = [indices] if is_name else [[index] for index in indices]
        for run in runs:
            tag = "".join(_letters(words[index]) for index in run)
            if SHORTEST_TAG <= len(tag) <= LONGEST_TAG and _is_subject(words, run):
                yield tag, NAME_WEIGHT if is_name else 1.0


def _is_name(words: Sequence[str], index: int) -> bool:
    """Whether a capital stands where no sentence begins, in a text that is not all capitals."""
    word = words[index].lstrip("\"'“‘(¿¡")
    if (
        not word[:1].isupper()
        or index == 0
        or words[index - 1].rstrip("\"'”’)").endswith((".", "!", "?", "…", ":"))
    ):
        return False
    return word.split("'")[0].split("’")[0] != "I" and not words[index - 1].isupper()


def _is_subject(words: Sequence[str], run: Sequence[int]) -> bool:
    terms = {normalise(words[index]) for index in run}
    return not terms <= _NO_SUBJECT and not any(map(str.isdigit, "".join(terms)))


def _letters(word: str) -> str:
    """As it can stand in a hashtag: letters and digits, without a possessive `'s`."""
    return "".join(filter(str.isalnum, normalise(word).removesuffix("'s")))
