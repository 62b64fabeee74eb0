"""Which windows become candidates: the best first, with room left for enough of them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from cliply.selection.echoes import Echoes
from cliply.selection.series import Floats
from cliply.selection.windows import Windows

ENOUGH = 4
"""Clips that a video should give where it can: viewers return to channels with 4 to 9."""
NEVER_MS = 2**48
"""After the end of every source."""

Span = tuple[int, int]
"""Start and end in milliseconds."""


def choose_apart(
    windows: Windows,
    scores: Floats,
    wanted: int,
    most: int,
    apart_ms: int,
    echoes: Echoes | None = None,
) -> list[int]:
    """Indices of at most `most` windows that do not overlap, best first.

    Best first and not the set with the highest sum, as that set would part one strong
    moment into two clips. But a window is passed over when it takes the room in which
    others would bring the number up to `ENOUGH` (or `wanted`, if that is less),
    so that one long window does not swallow a short video. Windows stay `apart_ms` from
    each other where that many fit. What only repeats a chosen window comes after all that
    does not. Of equal scores the earlier window comes first.
    """
    room, enough = Room(windows, apart_ms), min(wanted, Room(windows, 0).count([]))
    if room.count([]) < enough:
        room = Room(windows, 0)
    order = np.lexsort((windows.start_ms, -scores))
    late = np.zeros(len(windows), dtype=bool)
    taken: dict[int, Span] = {}
    while len(taken) < most and len(order):
        spans = ((int(i), (int(windows.start_ms[i]), int(windows.end_ms[i]))) for i in order)
        index, span = next(
            one for one in spans if len(taken) + 1 + room.count([*taken.values(), one[1]]) >= enough
        )
        taken[index] = span
        before = windows.end_ms[order] + room.apart_ms <= span[0]
        after = windows.start_ms[order] >= span[1] + room.apart_ms
        order = order[before | after]
        if echoes is not None:
            late |= echoes.of(index)
            order = np.concatenate([order[~late[order]], order[late[order]]])
    return list(taken)


class Room:
    """Counts how many windows fit side by side into what is left of a source."""

    def __init__(self, windows: Windows, apart_ms: int) -> None:
        order = np.argsort(windows.start_ms, kind="stable")
        self.apart_ms = apart_ms
        self._starts = windows.start_ms[order]
        self._earliest_end = np.minimum.accumulate(windows.end_ms[order][::-1])[::-1]

    def count(self, taken: Sequence[Span]) -> int:
        """Windows that fit around the taken spans; looks no further than `ENOUGH`."""
        spans = [(-self.apart_ms, -self.apart_ms), *sorted(taken), (NEVER_MS, NEVER_MS)]
        fitting = 0
        for (_, before), (after, _) in pairwise(spans):
            end = self._end_of_next(before + self.apart_ms)
            while fitting < ENOUGH and end <= after - self.apart_ms:
                fitting += 1
                end = self._end_of_next(end + self.apart_ms)
        return fitting

    def _end_of_next(self, start_ms: int) -> int:
        """Earliest end of a window that starts then or later; beyond all when there is none."""
        index = int(np.searchsorted(self._starts, start_ms, side="left"))
        return int(self._earliest_end[index]) if index < len(self._starts) else 2 * NEVER_MS
