"""Puts cues and words with odd times right, and says how many there were."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from cliply.speech.cues import TextCue
from cliply.speech.words import RawWord

OVERLAP_MS = 200
"""What may reach into the next one: engines and files round their edges."""

Warnings = tuple[str, ...]


def mended_cues(
    cues: Sequence[TextCue], name: str, *, may_overlap: bool = False
) -> tuple[list[TextCue], Warnings]:
    """The cues that last, in order of time, and a warning for each kind of fault.

    Cues that overlap are left as they are; `words_of` lets one follow the other.
    """
    lasting = [
        cue._replace(start_ms=max(0, cue.start_ms))
        for cue in cues
        if cue.end_ms > max(0, cue.start_ms)
    ]
    ordered = sorted(lasting, key=lambda cue: cue.start_ms)
    empty, jumps = len(cues) - len(lasting), _jumps(_times(lasting))
    of_all = f"of {len(cues)} cues of {name}"
    warnings = []
    if empty:
        warnings.append(f"{empty} {of_all} have no time in which they show, and were left out.")
    if jumps:
        warnings.append(f"{jumps} {of_all} come before an earlier one, and were put in order.")
    if not may_overlap and (overlaps := _overlaps(_times(ordered))):
        warnings.append(f"{overlaps} {of_all} begin before the last one ends, which was cut short.")
    return ordered, tuple(warnings)


def mended_words(
    raw: Sequence[RawWord], duration_ms: int, name: str
) -> tuple[list[RawWord], Warnings]:
    """The words that touch the source, in order of time, and a warning for each kind of fault.

    `name` is whose words they are, for the warnings. Words that overlap are left as they are;
    `lay_out` ends one where the next begins.
    """
    inside = [word for word in raw if word.start_ms < duration_ms and _ends_inside(word)]
    ordered = sorted(inside, key=lambda word: word.start_ms)
    outside, jumps = len(raw) - len(inside), _jumps(_times(inside))
    of_all = f"of {len(raw)} words of {name}"
    warnings = []
    if outside:
        warnings.append(f"{outside} {of_all} lie outside the source, and were left out.")
    if jumps:
        warnings.append(f"{jumps} {of_all} come before an earlier one, and were put in order.")
    if overlaps := _overlaps(_times(ordered)):
        warnings.append(f"{overlaps} {of_all} begin before the last one ends, which was cut short.")
    return ordered, tuple(warnings)


def _ends_inside(word: RawWord) -> bool:
    """A word may begin before the source does, or have no length."""
    return word.start_ms >= 0 or word.end_ms > 0


def _times(items: Iterable[TextCue | RawWord]) -> list[tuple[int, int]]:
    return [(item.start_ms, item.end_ms) for item in items]


def _jumps(times: Sequence[tuple[int, int]]) -> int:
    return sum(start < before for (before, _), (start, _) in pairwise(times))


def _overlaps(times: Sequence[tuple[int, int]]) -> int:
    return sum(start < end - OVERLAP_MS for (_, end), (start, _) in pairwise(times))
