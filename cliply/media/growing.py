"""Series that grow while a source is read, in one piece of memory each."""

import numpy as np

_FIRST = 4_096
"""Rows that there is room for at first."""


class Growing:
    """Rows that are added to one array, float32.

    Thousands of small arrays that stay among large ones that go leave holes in the heap: over
    four hours they came to 70 MB for 26 MB of series.
    """

    def __init__(self, *shape: int) -> None:
        """Of what shape one row is; none for a single value."""
        self._room = np.empty((_FIRST, *shape), np.float32)
        self._used = 0

    def add(self, rows: np.ndarray) -> None:
        """`rows` is `[rows, *shape]` and converted to float32.

        Raises ValueError while somebody holds what `rows` answered and there is no room left.
        """
        end = self._used + len(rows)
        if end > len(self._room):
            more = max(end, len(self._room) + len(self._room) // 4)
            self._room.resize((more, *self._room.shape[1:]))  # large pieces are moved uncopied
        self._room[self._used : end] = rows
        self._used = end

    @property
    def rows(self) -> np.ndarray:
        """All of them so far; let go of them before more are added."""
        return self._room[: self._used]


def earlier(series: np.ndarray, rows: int) -> np.ndarray:
    """A series moved to the middle of what it was measured over; its last value stays."""
    return np.concatenate([series[rows:], np.repeat(series[-1:], min(rows, len(series)))])
