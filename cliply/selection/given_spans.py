"""The stretches that a tenant chose, kept as they are."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from cliply.domain.candidates import CandidateList
from cliply.domain.selection import SHORTEST_SPAN_MS
from cliply.domain.timing import TimeRange, clock
from cliply.domain.transcript import Transcript, Word
from cliply.errors import ErrorCode, InvalidInput
from cliply.selection.judged import Judged
from cliply.selection.material import Material
from cliply.selection.windows import Windows


def check_spans(spans: Sequence[TimeRange], duration_ms: int) -> tuple[TimeRange, ...]:
    """The spans by time; only one that reaches past the end of the source is shortened, to it.

    Raises InvalidInput for a span that begins after the end, is left with less than
    `SHORTEST_SPAN_MS`, or overlaps another.
    """
    ordered = sorted(spans, key=lambda span: (span.start_ms, span.end_ms))
    inside = [_inside(span, duration_ms) for span in ordered]
    for one, other in pairwise(inside):
        if one.overlaps(other):
            raise _refusal(f"The spans {_named(one)} and {_named(other)} overlap; part them")
    return tuple(inside)


def keep_spans(material: Material, spans: Sequence[TimeRange]) -> CandidateList:
    """A candidate for each span, in the order of time; see `check_spans`."""
    kept = check_spans(spans, material.duration_ms)
    windows = as_windows(kept, material.transcript)
    judged = Judged(material, windows, material.score(windows))
    return CandidateList(
        items=tuple(
            judged.candidate(
                place, f"m{place:03d}", reason=_reason(judged.reason(place), span, material)
            )
            for place, span in enumerate(kept)
        )
    )


def as_windows(spans: Sequence[TimeRange], transcript: Transcript) -> Windows:
    """Spans as windows without flaws; a word belongs to the span that its middle lies in."""
    middles = np.array([(w.span.start_ms + w.span.end_ms) // 2 for w in transcript.words])
    starts = np.array([span.start_ms for span in spans], dtype=np.int64)
    ends = np.array([span.end_ms for span in spans], dtype=np.int64)
    flawless = np.zeros(len(spans), dtype=np.int64)
    first, end = np.searchsorted(middles, starts), np.searchsorted(middles, ends)
    return Windows(starts, ends, first, end, flawless, flawless)


def _inside(span: TimeRange, duration_ms: int) -> TimeRange:
    if span.start_ms >= duration_ms:
        end = clock(duration_ms, tenths=True)
        raise _refusal(
            f"The span {_named(span)} begins after the end of the source ({end}); move it"
        )
    kept = replace(span, end_ms=min(span.end_ms, duration_ms))
    if kept.duration_ms < SHORTEST_SPAN_MS:
        least, lasts = SHORTEST_SPAN_MS / 1000, kept.duration_ms / 1000
        raise _refusal(
            f"The span {_named(span)} has {lasts:g} s of the source, a clip needs {least:g} s; "
            "make it longer"
        )
    return kept


def _reason(own: str, span: TimeRange, material: Material) -> str:
    cut = " and ".join(_cut_words(span, material.transcript.words))
    return f"Chosen by you{f'; it cuts into {cut}' if cut else ''}. {own}".rstrip()


def _cut_words(span: TimeRange, words: Sequence[Word]) -> Iterator[str]:
    for word in words:
        if word.span.start_ms < span.start_ms < word.span.end_ms:
            yield f"“{word.text}” at its beginning"
        if word.span.start_ms < span.end_ms < word.span.end_ms:
            yield f"“{word.text}” at its end"


def _named(span: TimeRange) -> str:
    return f"{clock(span.start_ms, tenths=True)} to {clock(span.end_ms, tenths=True)}"


def _refusal(what: str) -> InvalidInput:
    return InvalidInput(ErrorCode.span_invalid, f"{what}.")
