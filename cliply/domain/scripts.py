"""What differs between the world's scripts: spaces, columns, direction."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # CJK radicals, punctuation, kana, Bopomofo
    (0x31A0, 0x4DBF),  # Bopomofo and kana extensions, Han extension A
    (0x4E00, 0x9FFF),  # Han
    (0xF900, 0xFAFF),  # Han compatibility forms
    (0xFF01, 0xFFEF),  # full-width and half-width forms
    (0x20000, 0x3FFFF),  # Han extensions B and later
)
"""Blocks of Unicode whose scripts put no space between words; Hangul does."""

CJK_MARKS = ((0x3000, 0x303F), (0xFF01, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF65))
"""Punctuation that brings its own white along."""


def is_unspaced(letter: str) -> bool:
    """Whether a letter belongs to a script that is written without spaces."""
    return _lies_in(letter, UNSPACED)


def is_mark(letter: str) -> bool:
    """Whether a character is drawn onto the one before it or not at all."""
    return unicodedata.category(letter) in {"Mn", "Mc", "Me", "Cf"}


@lru_cache(maxsize=8192)
def columns(text: str) -> int:
    """Width of a text as a reader counts: wide letters (Han, kana, Hangul) are two."""
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
        if not is_mark(letter)
    )


def is_spaced(before: str, after: str) -> bool:
    """Whether a space stands between two neighbouring words."""
    if not before or not after:
        return False
    last, first = before[-1], after[0]
    if _lies_in(last, CJK_MARKS) or _lies_in(first, CJK_MARKS):
        return False
    return not (is_unspaced(last) and is_unspaced(first))


def joined(words: Sequence[str]) -> str:
    """Words as a line of text, with spaces where their scripts have them."""
    if not words:
        return ""
    tail = (" " * is_spaced(before, after) + after for before, after in pairwise(words))
    return words[0] + "".join(tail)


def direction(text: str) -> str | None:
    """`R` or `L` after the first letter that has a direction; None when none has one."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in {"R", "AL"}:
            return "R"
        if kind == "L":
            return "L"
    return None


@lru_cache(maxsize=8192)
def _lies_in(letter: str, blocks: Sequence[tuple[int, int]]) -> bool:
    return any(first <= ord(letter) <= last for first, last in blocks)
