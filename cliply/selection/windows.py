"""Every window that a clip may have: from a place to begin to a place to end."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from cliply.selection.edges import Edges, Flaw, Ints

MOST_ENDS = 32
"""Ends tried for one beginning, spread evenly over the allowed lengths."""


@dataclass(frozen=True)
class Windows:
    """Windows as columns; the words of one are `first_word` up to, not including, `end_word`."""

    start_ms: Ints
    end_ms: Ints
    first_word: Ints
    end_word: Ints
    opening: Ints
    """`Flaw` of the beginning."""
    ending: Ints
    """`Flaw` of the end."""

    def __len__(self) -> int:
        return len(self.start_ms)

    @property
    def duration_ms(self) -> Ints:
        return self.end_ms - self.start_ms

    def take(self, chosen: NDArray[np.bool_] | Ints) -> "Windows":
        """The windows at these indices, or where the mask is true."""
        return Windows(*(getattr(self, column.name)[chosen] for column in fields(self)))


def pair(opens: Edges, closes: Edges, min_ms: int, max_ms: int) -> Windows:
    """Windows of `min_ms` to `max_ms`, at most `MOST_ENDS` for each beginning.

    Ordered by start, then by end.
    """
    lowest = np.searchsorted(closes.time_ms, opens.time_ms + min_ms, side="left")
    highest = np.searchsorted(closes.time_ms, opens.time_ms + max_ms, side="right")
    available = np.maximum(highest - lowest, 0)
    tried = np.minimum(available, MOST_ENDS)
    opening = np.repeat(np.arange(len(tried)), tried)
    turn = np.arange(len(opening)) - np.repeat(np.cumsum(tried) - tried, tried)
    closing = lowest[opening] + turn * available[opening] // tried[opening]
    return join(opens, closes, *_whole_thoughts(opens, closes, opening, closing, max_ms))


def _whole_thoughts(
    opens: Edges, closes: Edges, opening: Ints, closing: Ints, max_ms: int
) -> tuple[Ints, Ints]:
    """The pairs by index, reaching to the answer of a question at their end and to the sentence
    that their beginning leans on, where `max_ms` allows; each pair once."""
    answer = _next_clean(closes.flaw)[closing]
    fits = closes.time_ms[answer] - opens.time_ms[opening] <= max_ms
    closing = np.where((closes.flaw[closing] == Flaw.unanswered) & fits, answer, closing)
    last = len(opens.flaw) - 1
    origin = last - _next_clean(opens.flaw[::-1])[last - opening]
    fits = (closes.time_ms[closing] - opens.time_ms[origin] <= max_ms) & (
        opens.flaw[origin] == Flaw.none
    )
    opening = np.where((opens.flaw[opening] == Flaw.continuation) & fits, origin, opening)
    pairs = np.unique(opening * len(closes.time_ms) + closing)
    return pairs // len(closes.time_ms), pairs % len(closes.time_ms)


def _next_clean(flaws: Ints) -> Ints:
    """For each edge the index of the next one without a flaw, itself included, else the last."""
    last = len(flaws) - 1
    clean = np.where(flaws == Flaw.none, np.arange(len(flaws)), last)
    following: Ints = np.minimum.accumulate(clean[::-1])[::-1]
    return following


def join(opens: Edges, closes: Edges, opening: Ints, closing: Ints) -> Windows:
    """Windows from the given beginnings to the given ends, by index."""
    return Windows(
        opens.time_ms[opening],
        closes.time_ms[closing],
        opens.word[opening],
        closes.word[closing],
        opens.flaw[opening],
        closes.flaw[closing],
    )


def nearest_lengths(opens: Edges, closes: Edges, min_ms: int, max_ms: int, count: int) -> Windows:
    """The windows whose length misses the allowed ones by least, nearest first."""
    after = np.searchsorted(closes.time_ms, opens.time_ms + max_ms, side="right")
    before = np.searchsorted(closes.time_ms, opens.time_ms + min_ms, side="left") - 1
    rows = np.arange(len(opens.time_ms))
    opening, closing = np.concatenate([rows, rows]), np.concatenate([before, after])
    real = (closing >= 0) & (closing < len(closes.time_ms))
    found = join(opens, closes, opening[real], closing[real])
    found = found.take(found.duration_ms > 0)
    missed = np.maximum(min_ms - found.duration_ms, found.duration_ms - max_ms)
    return found.take(np.argsort(missed, kind="stable")[:count])
