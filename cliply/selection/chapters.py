"""A whole source in chapters."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np

from cliply.domain.candidates import CandidateList
from cliply.domain.jobs import MAX_SLOTS
from cliply.domain.timing import TimeRange
from cliply.selection.boundaries import Boundary
from cliply.selection.edges import LEAD_MS
from cliply.selection.given_spans import as_windows
from cliply.selection.judged import Judged
from cliply.selection.keywords import SHORTEST_TERM
from cliply.selection.lexicon import normalise
from cliply.selection.material import Material
from cliply.selection.series import Floats, Ints
from cliply.selection.text_tiling import subject_shifts
from cliply.selection.titles import make_title

SHORTEST_CHAPTER_MS = 60_000
"""A chapter is at least this long, and long enough that a source has at most `MAX_SLOTS`."""
LONGEST_CHAPTER_MS = 600_000
"""A chapter is at most this long, or three times the shortest one in very long sources."""
STEP_MS = 15_000
"""Distance of the places to divide a stretch without words at."""
SHIFT_SPREADS = 1.25
LEAST_SHIFT, MOST_SHIFT = 0.2, 0.5
"""A change is worth a chapter when it is deeper than the mean of the talk by so many standard
deviations (Hearst's cut-off, set higher as a chapter is more than a paragraph), within limits."""
LONG_PAUSE_MS = 2_000
PAUSE_WORTH, CUT_WORTH = 0.15, 0.10
"""What a long pause and a scene cut add to the depth of a change of subject."""
MID_SENTENCE_COST = 0.5
TOLD_TERMS = 3


@dataclass(frozen=True)
class Divide:
    """A place where a chapter may begin."""

    time_ms: int
    word: int
    pause_ms: int
    depth: float
    """How much changes there: subject, pause and picture."""


def divide_into_chapters(material: Material) -> CandidateList:
    """Chapters of the whole source in the order of time, without gaps or overlaps.

    They begin where the subject changes, best in a long pause and at a scene cut, and never
    inside a word. `SHORTEST_CHAPTER_MS` and `LONGEST_CHAPTER_MS` limit them, not the lengths of
    clips; a source of less than two shortest chapters is one.
    """
    divides = find_divides(material)
    chosen = [divides[index] for index in choose_divides(divides, material.duration_ms)]
    bounds = [0, *(divide.time_ms for divide in chosen), material.duration_ms]
    spans = [TimeRange(start_ms=start, end_ms=end) for start, end in pairwise(bounds)]
    windows = as_windows(spans, material.transcript)
    judged = Judged(material, windows, material.score(windows))
    telling, least = _telling_terms(judged), least_shift(divides)
    return CandidateList(
        items=tuple(
            judged.candidate(
                place,
                f"m{place:03d}",
                title=_title(judged, place, telling[place]),
                reason=_reason(place, chosen, telling, least),
            )
            for place in range(len(spans))
        )
    )


def find_divides(material: Material) -> list[Divide]:
    """Every place to divide the source at, in order of time, its ends left out."""
    rooms = material.boundaries()
    depths = subject_shifts(
        material.transcript, material.lexicon, [room.word for room in rooms[1:-1]]
    )
    divides = [
        _divide(room, float(depth), material)
        for room, depth in zip(rooms[1:-1], depths, strict=True)
    ]
    for room in rooms:
        divides += _in_quiet(room, material.cuts_ms)
    unique = {divide.time_ms: divide for divide in divides}
    return [unique[t] for t in sorted(unique) if 0 < t < material.duration_ms]


def choose_divides(divides: Sequence[Divide], duration_ms: int) -> list[int]:
    """Indices of the divides that are worth most together, all chapters of allowed length.

    Each is worth its depth above `least_shift`, so one that is worth nothing is chosen only where a
    chapter would become too long. Dynamic programming over the divides in order.
    """
    shortest = max(SHORTEST_CHAPTER_MS, -(-duration_ms // MAX_SLOTS))
    longest = max(LONGEST_CHAPTER_MS, 3 * shortest)
    times = np.array([0, *(divide.time_ms for divide in divides), duration_ms], dtype=np.int64)
    least = least_shift(divides)
    worth = np.array([0.0, *(divide.depth - least for divide in divides), 0.0])
    best, before = _best_sums(times, worth, shortest, longest)
    if best[-1] == -np.inf:  # no two places are near enough to each other: never mind the limit
        best, before = _best_sums(times, worth, shortest, duration_ms)
    chosen = []
    place = int(before[-1])
    while place > 0:
        chosen.append(place - 1)
        place = int(before[place])
    return chosen[::-1]


def least_shift(divides: Sequence[Divide]) -> float:
    """How deep a change has to be to be worth a chapter of its own."""
    depths = np.array([divide.depth for divide in divides] or [0.0])
    return float(np.clip(depths.mean() + SHIFT_SPREADS * depths.std(), LEAST_SHIFT, MOST_SHIFT))


def _best_sums(times: Ints, worth: Floats, shortest: int, longest: int) -> tuple[Floats, Ints]:
    """For each place the best sum of all that end a chapter there, and where that one began."""
    best, before = np.full(len(times), -np.inf), np.zeros(len(times), dtype=np.int64)
    best[0] = 0.0
    lowest = np.searchsorted(times, times - longest, side="left")
    highest = np.searchsorted(times, times - shortest, side="right")
    for place in range(1, len(times)):
        first, end = lowest[place], highest[place]
        if first < end:
            before[place] = first + int(np.argmax(best[first:end]))
            best[place] = best[before[place]] + worth[place]
    return best, before


def _divide(room: Boundary, shift: float, material: Material) -> Divide:
    """At the last cut in the room, or just before the next word."""
    cuts = _cuts_in(room, material.cuts_ms)
    time_ms = cuts[-1] if cuts else room.to_ms - min(LEAD_MS, room.room_ms // 2)
    depth = shift + PAUSE_WORTH * min(1.0, room.room_ms / LONG_PAUSE_MS) + CUT_WORTH * bool(cuts)
    return Divide(
        time_ms, room.word, room.room_ms, depth if room.ends_sentence else depth - MID_SENTENCE_COST
    )


def _in_quiet(room: Boundary, cuts_ms: Sequence[int]) -> list[Divide]:
    """Cuts in a long stretch without words, and steps where it has none."""
    if room.room_ms <= 2 * STEP_MS:
        return []
    cuts = [Divide(time_ms, room.word, 0, CUT_WORTH) for time_ms in _cuts_in(room, cuts_ms)]
    steps = range(room.from_ms + STEP_MS, room.to_ms, STEP_MS)
    return cuts + [Divide(time_ms, room.word, 0, 0.0) for time_ms in steps]


def _cuts_in(room: Boundary, cuts_ms: Sequence[int]) -> Sequence[int]:
    return cuts_ms[bisect_left(cuts_ms, room.from_ms) : bisect_right(cuts_ms, room.to_ms)]


def _telling_terms(judged: Judged) -> list[dict[str, float]]:
    """For each chapter its terms and how much they tell it from the others, most first."""
    counts = [_counts(judged, index) for index in range(len(judged.windows))]
    spread = Counter(term for terms in counts for term in terms)
    telling = []
    for terms in counts:
        weights = {
            term: count * log((len(counts) + 1) / spread[term]) for term, count in terms.items()
        }
        telling.append({t: weights[t] for t in sorted(weights, key=lambda t: (-weights[t], t))})
    return telling


def _counts(judged: Judged, index: int) -> Counter[str]:
    stopwords = judged.material.lexicon.stopwords
    words = map(normalise, judged.lines(index).split())
    return Counter(word for word in words if len(word) >= SHORTEST_TERM and word not in stopwords)


def _title(judged: Judged, index: int, telling: dict[str, float]) -> str:
    """A phrase with the chapter's own terms."""
    most = max(telling.values(), default=0.0) or 1.0
    weights = {term: weight / most for term, weight in telling.items()}
    return make_title(judged.lines(index), judged.span(index).start_ms, weights)


def _reason(
    place: int, chosen: Sequence[Divide], telling: Sequence[dict[str, float]], least: float
) -> str:
    """Which chapter it is, what it is about, and why it begins where it does."""
    about = ", ".join(f"“{term}”" for term in list(telling[place])[:TOLD_TERMS])
    parts = [f"Chapter {place + 1} of {len(telling)}", *([f"about {about}"] if about else [])]
    if place:
        divide = chosen[place - 1]
        parts.append("the subject changes" if divide.depth >= least else "the one before is long")
        if divide.pause_ms >= LONG_PAUSE_MS / 2:
            parts[-1] += f" after a pause of {divide.pause_ms / 1000:.1f} s"
    return f"{'; '.join(parts)}."
