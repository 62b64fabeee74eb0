"""Where a window may begin and where it may end, to the millisecond."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cliply.domain.audio import AudioFeatures, SoundKind
from cliply.domain.timing import TimeRange
from cliply.selection.boundaries import Boundary
from cliply.selection.reactions import strength

LEAD_MS = 200
"""Quiet kept before the first word; at most half of the pause."""
TAIL_MS = 300
"""Quiet kept after the last word; at most half of the pause."""
SNAP_MS = 500
"""A scene cut this near to a boundary takes its place when no word is in the way."""
QUIET_MS = 3_000
"""A pause in which pictures and sounds set edges of their own."""
DEAD_AIR_MS = 1_500
"""Longest quiet that a clip of speech may open or end with."""
GRID_MS = 5_000
"""Distance of edges where nothing marks one."""
REACTION_WITHIN_MS = 1_500
"""Laughter or applause that begins this soon after the last word answers it."""
REACTION_MS = 6_000
"""Most of a reaction that is kept after the last word."""
REACTION_TAIL_MS = 200
BEFORE_PEAK_MS = 2_000
AFTER_PEAK_MS = 3_000

ANSWERS = (SoundKind.laughter, SoundKind.applause)
"""Reactions that follow what caused them."""

Ints = NDArray[np.int64]


class Flaw(IntEnum):
    """Why an edge is not a clean beginning or end."""

    none = 0
    continuation = 1
    """Opens with a word that leans on what was said before."""
    mid_sentence = 2
    unanswered = 3
    """Ends on a question."""
    dead_air = 4
    """Opens or ends with a stretch in which nothing is said."""
    no_pause = 5
    """Lies in a run of words without any pause."""
    before_reaction = 6
    """Ends just before the laughter or applause that the last sentence gets."""


PENALTIES = np.array([0.0, 0.10, 0.15, 0.20, 0.10, 0.25, 0.15])
"""Share of its score that a window loses by each flaw, indexed by `Flaw`."""


class Edge(NamedTuple):
    """A place to begin or to end; `word` words are said before it."""

    time_ms: int
    word: int
    flaw: Flaw


@dataclass(frozen=True)
class Edges:
    """Edges of one kind as columns, in order of time, one for each time."""

    time_ms: Ints
    word: Ints
    flaw: Ints

    @classmethod
    def of(cls, edges: Iterable[Edge]) -> "Edges":
        """Of several edges at one time the one with the lightest flaw stays."""
        best: dict[int, Edge] = {}
        for edge in edges:
            known = best.get(edge.time_ms)
            if known is None or PENALTIES[edge.flaw] < PENALTIES[known.flaw]:
                best[edge.time_ms] = edge
        rows = np.array([best[time] for time in sorted(best)], dtype=np.int64).reshape(-1, 3)
        return cls(rows[:, 0], rows[:, 1], rows[:, 2])


@dataclass(frozen=True)
class Marks:
    """Times other than words by which a source can be cut, each in order."""

    cuts_ms: Sequence[int]
    begin_ms: Sequence[int]
    """Where sound sets in, or a little before it swells."""
    end_ms: Sequence[int]
    """Where sound ebbs away."""
    reactions: Sequence[TimeRange] = ()
    """Laughter and applause."""

    @classmethod
    def of(cls, audio: AudioFeatures, cuts_ms: Sequence[int]) -> "Marks":
        swells = [max(0, peak.time_ms - BEFORE_PEAK_MS) for peak in audio.peaks]
        ebbs = [peak.time_ms + AFTER_PEAK_MS for peak in audio.peaks]
        sets_in = [s.end_ms - min(LEAD_MS, s.duration_ms // 2) for s in audio.silences]
        stops = [s.start_ms + min(TAIL_MS, s.duration_ms // 2) for s in audio.silences]
        reactions = [e.span for e in audio.events if e.kind in ANSWERS and strength(e) > 0]
        return cls(cuts_ms, sorted(swells + sets_in), sorted(ebbs + stops), reactions)

    def reaction_end_ms(self, room: Boundary) -> int:
        """Where the reaction to the words before the room ends in it; 0 when there is none."""
        first = bisect_left(self.reactions, room.from_ms - SNAP_MS, key=lambda span: span.start_ms)
        for span in self.reactions[first:]:
            if span.start_ms > room.from_ms + REACTION_WITHIN_MS:
                break
            latest = min(room.to_ms, room.from_ms + REACTION_MS)
            if span.end_ms > room.from_ms + TAIL_MS:
                return min(span.end_ms + REACTION_TAIL_MS, latest)
        return 0


def openings(boundaries: Sequence[Boundary], marks: Marks) -> Edges:
    """Where a window may begin: a little before words, in quiet, and at the source's start."""
    spoken = len(boundaries) > 1
    edges = [
        Edge(time_ms, room.word, _opening_flaw(room, time_ms, spoken))
        for room in boundaries
        for time_ms in _quiet_times(room, marks.cuts_ms, marks.begin_ms, spoken)
    ]
    for room in boundaries[:-1]:
        before_ms = room.to_ms - min(LEAD_MS, room.room_ms // 2)
        time_ms = _snapped(before_ms, room, marks.cuts_ms)
        edges.append(Edge(time_ms, room.word, _opening_flaw(room, time_ms, spoken)))
    edges.append(Edge(0, 0, _opening_flaw(boundaries[0], 0, spoken)))
    return Edges.of(edges)


def closings(boundaries: Sequence[Boundary], marks: Marks) -> Edges:
    """Where a window may end: a little after words or the reaction to them, in quiet, and at the
    source's end."""
    spoken = len(boundaries) > 1
    edges: list[Edge] = []
    for room in boundaries:
        quiet = _quiet_times(room, marks.cuts_ms, marks.end_ms, spoken)
        if room is not boundaries[0]:
            quiet.append(_after_words(room, marks))
        reaction_end_ms = marks.reaction_end_ms(room) if room is not boundaries[0] else 0
        if reaction_end_ms:
            quiet.append(_snapped(reaction_end_ms, room, marks.cuts_ms))
        edges += [
            Edge(time_ms, room.word, _closing_flaw(room, time_ms, reaction_end_ms, spoken))
            for time_ms in quiet
        ]
    last = boundaries[-1]
    flaw = _closing_flaw(last, last.to_ms, marks.reaction_end_ms(last), spoken)
    return Edges.of([*edges, Edge(last.to_ms, last.word, flaw)])


def _after_words(room: Boundary, marks: Marks) -> int:
    return _snapped(room.from_ms + min(TAIL_MS, room.room_ms // 2), room, marks.cuts_ms)


def _opening_flaw(room: Boundary, time_ms: int, spoken: bool) -> Flaw:
    if spoken and room.to_ms - time_ms > DEAD_AIR_MS:
        return Flaw.dead_air
    if not room.has_pause:
        return Flaw.no_pause
    if not room.ends_sentence:
        return Flaw.mid_sentence
    return Flaw.continuation if room.leans_back else Flaw.none


def _closing_flaw(room: Boundary, time_ms: int, reaction_end_ms: int, spoken: bool) -> Flaw:
    if room.ends_sentence and room.ends_question and spoken:
        return Flaw.unanswered
    if spoken and time_ms - max(room.from_ms, reaction_end_ms) > DEAD_AIR_MS:
        return Flaw.dead_air
    if not room.has_pause:
        return Flaw.no_pause
    if not room.ends_sentence:
        return Flaw.mid_sentence
    return Flaw.before_reaction if time_ms < reaction_end_ms - SNAP_MS else Flaw.none


def _snapped(time_ms: int, room: Boundary, cuts_ms: Sequence[int]) -> int:
    """The nearest cut within `SNAP_MS` that lies in the room, else the time itself."""
    lowest = bisect_left(cuts_ms, max(room.from_ms, time_ms - SNAP_MS))
    highest = bisect_right(cuts_ms, min(room.to_ms, time_ms + SNAP_MS))
    return min(cuts_ms[lowest:highest], key=lambda cut: abs(cut - time_ms), default=time_ms)


def _quiet_times(
    room: Boundary, cuts_ms: Sequence[int], sounds_ms: Sequence[int], spoken: bool
) -> list[int]:
    """Marks inside a long pause, with steps of `GRID_MS` where there is none."""
    if spoken and room.room_ms < QUIET_MS:
        return []
    marked = sorted({*_inside(room, cuts_ms), *_inside(room, sounds_ms)})
    steps = [
        time_ms
        for before, after in pairwise([room.from_ms, *marked, room.to_ms])
        for time_ms in range(before + GRID_MS, after - GRID_MS + 1, GRID_MS)
    ]
    return marked + steps


def _inside(room: Boundary, times_ms: Sequence[int]) -> Sequence[int]:
    return times_ms[bisect_right(times_ms, room.from_ms) : bisect_left(times_ms, room.to_ms)]
