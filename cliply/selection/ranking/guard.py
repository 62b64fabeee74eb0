"""Makes a transcript's words safe to show to a language model (SEL-4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cliply.selection.ranking.hidden import has_hidden, readings, undisguised, without_hidden
from cliply.selection.ranking.patterns import (
    ENCODED,
    ENGLISH_PATTERNS,
    LINK,
    MARK_PATTERNS,
    PHRASE_PATTERNS,
    ROLE,
    RUN_TOGETHER,
)

GAP = "[…]"
"""Stands for words that are left out."""
HEAD = 0.65
"""Share of a long text that is shown of its beginning; the rest is its end."""
REACH_WORDS = 30
"""How far an order reaches when no sentence ends: recognised speech may have no full stops."""
LONGEST_WORD = 60
"""No language of ours has longer words; written Chinese and Japanese has no spaces, though."""

_STRUCTURE = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")", "`": "'", "|": "/", "\\": "/"})
_ENDS = (".", "!", "?", "…", "。", "！", "？")


@dataclass(frozen=True)
class Guarded:
    """Words that may be shown, and what was found in them."""

    text: str
    """On one line; what speaks to a machine is replaced by `GAP`."""
    found: tuple[str, ...] = ()
    """Kinds of patterns, sorted; a text with any can not gain by what a model says of it."""


def guarded(text: str, most_characters: int) -> Guarded:
    """The words of a transcript as data: bounded, visible, without structure and without orders.

    What is not shown is not looked at either.
    """
    words, found = _without_orders(_bounded(without_hidden(text), most_characters))
    found |= {"hidden"} if has_hidden(text) else set()
    plain = ROLE.sub(r"\1 –", LINK.sub("[link]", " ".join(words))).translate(_STRUCTURE)
    shown = " ".join(map(_shortened, plain.split()))
    return Guarded(_bounded(shown, most_characters), tuple(sorted(found)))


def find_orders(text: str) -> set[str]:
    """Kinds of patterns in a text, however it is disguised."""
    words = without_hidden(text).split()
    return {kind for kind, _, _ in _hits(words)} | _disguised(words)


def _without_orders(text: str) -> tuple[list[str], set[str]]:
    """The words around orders; none at all where orders are found but not where they stand."""
    words = text.split()
    hits = _hits(words)
    kept = _cut(words, hits)
    rest = _disguised(kept) | ({kind for kind, _, _ in _hits(kept)} if hits else set())
    return [GAP] if rest else kept, rest | {kind for kind, _, _ in hits}


def _hits(words: list[str]) -> list[tuple[str, int, int]]:
    """Kind, first word and the word after the last one of everything that is found."""
    hits = _located(PHRASE_PATTERNS, [undisguised(word) for word in words])
    hits += _located(MARK_PATTERNS, words)
    return hits + _located({"encoded": ENCODED}, words)


def _disguised(words: list[str]) -> set[str]:
    """Kinds of English phrases that are meant by other letters or in another order."""
    others = [[undisguised(word) for word in one.split()] for one in readings(" ".join(words))]
    found = {kind for other in others for kind, _, _ in _located(ENGLISH_PATTERNS, other)}
    run = "".join(undisguised(word) for word in words)
    return found | ({"override"} if RUN_TOGETHER.search(run) else set())


def _located(
    patterns: Mapping[str, re.Pattern[str]], words: list[str]
) -> list[tuple[str, int, int]]:
    there = [(index, word) for index, word in enumerate(words) if word]
    text = " ".join(word for _, word in there)
    owner = [index for index, word in there for _ in range(len(word) + 1)]
    return [
        (kind.partition(",")[0], owner[match.start()], owner[match.end() - 1] + 1)
        for kind, pattern in patterns.items()
        for match in pattern.finditer(text)
        if match.end() > match.start()
    ]


def _cut(words: list[str], hits: list[tuple[str, int, int]]) -> list[str]:
    """Without the sentences that are hit; where none ends, without `REACH_WORDS` after the hit."""
    gone = set[int]()
    for _, first, end in hits:
        gone.update(range(_sentence_start(words, first), _sentence_end(words, end)))
    kept = [GAP if index in gone else word for index, word in enumerate(words)]
    return [w for i, w in enumerate(kept) if w != GAP or i == 0 or kept[i - 1] != GAP]


def _sentence_start(words: list[str], first: int) -> int:
    for index in range(first, max(0, first - REACH_WORDS // 3), -1):
        if words[index - 1].endswith(_ENDS):
            return index
    return max(0, first - REACH_WORDS // 3)


def _sentence_end(words: list[str], end: int) -> int:
    """After the sentence and the next one, which may hold what the order is about."""
    last = min(len(words), end + REACH_WORDS)
    ends = [i + 1 for i in range(max(0, end - 1), last) if words[i].endswith(_ENDS)]
    return ends[min(1, len(ends) - 1)] if ends else last


def _shortened(word: str) -> str:
    return GAP if word.isascii() and len(word) > LONGEST_WORD else word


def _bounded(text: str, most: int) -> str:
    """The beginning and the end of a long text: what hooks and what it comes to."""
    if len(text) <= most:
        return text
    head = max(0, round((most - len(GAP) - 2) * HEAD))
    tail = max(0, most - len(GAP) - 2 - head)
    return f"{text[:head].rstrip()} {GAP} {text[len(text) - tail :].lstrip()}"
