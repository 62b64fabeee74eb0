"""Groups words into sentences, or into the stretches between two pauses."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median_low

from cliply.domain.transcript import Utterance, Word

PAUSE_MS = 500
"""A gap this long ends an utterance where nobody wrote punctuation."""

LONG_PAUSE_MS = 2_000
"""A gap this long ends an utterance even in the middle of a written sentence."""

MAX_UTTERANCE_MS = 20_000
MIN_PART_MS = 3_000
"""An utterance that is too long is not cut closer to its ends than this."""

PUNCTUATED_EVERY = 40
"""Text with a sentence end in every 40 words counts as punctuated; English has about 20."""

TITLES = frozenset(
    {"mr", "mrs", "ms", "mx", "dr", "prof", "st", "sr", "jr", "rev", "hon", "gen", "col", "maj"}
    | {"capt", "lt", "sgt", "cmdr", "sen", "rep", "gov", "pres", "vs", "e.g", "i.e", "cf", "fig"}
)
"""Abbreviations that something always follows."""

ABBREVIATIONS = frozenset({"etc", "inc", "ltd", "corp", "dept", "est", "ave", "blvd", "ph.d"})
"""Abbreviations that may end a sentence; a pause decides."""

CLOSERS = "\"'”’»)]}」』"
INITIALS = re.compile(r"(?:[^\W\d_]\.)+")
ELLIPSIS = re.compile(r"(?:\.{2,}|…)$")


def group_utterances(words: Sequence[Word]) -> tuple[Utterance, ...]:
    """Utterances that cover all words in order, none longer than about 20 s.

    Punctuated text is cut at the ends of its sentences and at pauses of `LONG_PAUSE_MS`;
    text without punctuation at pauses of `PAUSE_MS`, or of twice the median gap where
    the speaker leaves a gap after every word.
    """
    if not words:
        return ()
    ends = sentence_ends(words)
    punctuated = len(ends) * PUNCTUATED_EVERY >= len(words)
    pause_ms = LONG_PAUSE_MS if punctuated else _pause_ms(words)
    gaps = [after.span.start_ms - word.span.end_ms for word, after in pairwise(words)]
    breaks = ends | {index for index, gap_ms in enumerate(gaps) if gap_ms >= pause_ms}
    breaks |= {len(words) - 1}
    starts = [0, *(index + 1 for index in sorted(breaks))]
    parts = [
        part for first, after in pairwise(starts) for part in _bounded(words, first, after - 1)
    ]
    return tuple(
        Utterance(first=first, last=last, is_sentence=last in ends) for first, last in parts
    )


def sentence_ends(words: Sequence[Word]) -> frozenset[int]:
    """Indices of the words that end a sentence."""
    following: list[Word | None] = [*words[1:], None]
    return frozenset(
        index
        for index, (word, after) in enumerate(zip(words, following, strict=True))
        if _ends_sentence(word, after)
    )


def _ends_sentence(word: Word, after: Word | None) -> bool:
    text = word.text.rstrip(CLOSERS)
    if text.endswith(("!", "?", "。", "！", "？")):
        return True
    if ELLIPSIS.search(text):
        return after is None or not after.text[0].islower()
    if not text.endswith("."):
        return False
    stem = text.lower().strip("\"'“‘«([{.")
    if stem in TITLES:
        return False
    if stem in ABBREVIATIONS or INITIALS.fullmatch(text):
        return after is None or after.span.start_ms - word.span.end_ms >= PAUSE_MS
    return True


def _pause_ms(words: Sequence[Word]) -> float:
    gaps = [after.span.start_ms - word.span.end_ms for word, after in pairwise(words)]
    return max(PAUSE_MS, 2 * median_low(gaps)) if gaps else PAUSE_MS


def _bounded(words: Sequence[Word], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The stretch itself, or parts of it where it is longer than `MAX_UTTERANCE_MS`."""
    pending = [(first, last)]
    while pending:
        first, last = pending.pop()
        length_ms = words[last].span.end_ms - words[first].span.start_ms
        if length_ms <= MAX_UTTERANCE_MS or first == last:
            yield first, last
            continue
        cut = _best_cut(words, first, last)
        pending += [(cut + 1, last), (first, cut)]


def _best_cut(words: Sequence[Word], first: int, last: int) -> int:
    """The word after which to cut: the longest gap, else a comma, else nearest the middle."""
    begin_ms, end_ms = words[first].span.start_ms, words[last].span.end_ms
    inner = [
        index
        for index in range(first, last)
        if words[index].span.end_ms - begin_ms >= MIN_PART_MS
        and end_ms - words[index + 1].span.start_ms >= MIN_PART_MS
    ]

    def merit(index: int) -> tuple[int, bool, int]:
        gap_ms = words[index + 1].span.start_ms - words[index].span.end_ms
        off_centre_ms = abs(words[index].span.end_ms * 2 - begin_ms - end_ms)
        return gap_ms // 100, words[index].text.endswith((",", ";", ":", "，")), -off_centre_ms

    return max(inner or range(first, last), key=merit)
