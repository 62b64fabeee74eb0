"""Every window that a clip may have: from a place to begin to a place to end."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from cliply.selection.edges import Edges, Ints

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
    return join(opens, closes, opening, closing)


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
