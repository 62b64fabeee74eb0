"""The order of words on a line where some are read from right to left.

The Unicode bidirectional algorithm (UAX 9), applied to whole words: inside a word libass
applies it itself.
"""

from collections.abc import Sequence
from itertools import groupby

from cliply.domain.scripts import direction


def reads_from_right(texts: Sequence[str]) -> bool:
    """Whether more words are read from the right than from the left; a tie goes to the first."""
    kinds = [kind for text in texts for word in text.split() if (kind := direction(word))]
    balance = kinds.count("R") - kinds.count("L")
    return balance > 0 or (balance == 0 and kinds[:1] == ["R"])


def word_directions(words: Sequence[str], from_right: bool) -> list[str]:
    """`R` or `L` for each word; those without letters go with their neighbours.

    A number goes with the letters before it, other signs with both neighbours when these
    agree, else with the paragraph.
    """
    base = "R" if from_right else "L"
    kinds = [direction(word) or ("N" if any(map(str.isdigit, word)) else "-") for word in words]
    before = base
    for number, kind in enumerate(kinds):
        if kind == "N":
            kinds[number] = before
        elif kind != "-":
            before = kind
    return [_resolved(kinds, number, base) for number in range(len(kinds))]


def _resolved(kinds: Sequence[str], number: int, base: str) -> str:
    if kinds[number] != "-":
        return kinds[number]
    before = next((kind for kind in kinds[number::-1] if kind != "-"), base)
    after = next((kind for kind in kinds[number:] if kind != "-"), base)
    return before if before == after else base


def from_left(words: Sequence[int], directions: Sequence[str], from_right: bool) -> list[int]:
    """The words of one line as they stand from left to right."""
    runs = [
        (kind, list(run)) for kind, run in groupby(words, key=lambda number: directions[number])
    ]
    if from_right:
        runs.reverse()
    return [number for kind, run in runs for number in (run[::-1] if kind == "R" else run)]
