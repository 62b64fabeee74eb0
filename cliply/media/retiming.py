"""Words of the source as they are heard in a clip."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from cliply.domain.captions import CueWord
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word


def words_in_clip(words: Sequence[Word], timeline: Timeline) -> tuple[CueWord, ...]:
    """Words in clip time, in playing order, none overlapping.

    A word is heard where at least half of it is kept; one that plays twice is there twice.
    """
    heard = [
        word for span in range(len(timeline.spans)) for word in _in_span(words, timeline, span)
    ]
    return tuple(_apart(heard))


def breaks_ms(timeline: Timeline) -> tuple[int, ...]:
    """Where what follows was not said next: spans that go back, or on by far, in clip time."""
    sources = timeline.source_spans
    return tuple(
        timeline.clip_ms(timeline.placed[number].at_frame)
        for number, (before, after) in enumerate(pairwise(sources), 1)
        if not 0 <= after.start_ms - before.end_ms < FAR_MS
    )


FAR_MS = 3000
"""A cut this long leaves out more than a breath or a few words."""


def _in_span(words: Sequence[Word], timeline: Timeline, number: int) -> Iterator[CueWord]:
    span, at_frame = timeline.placed[number]
    source = timeline.source_spans[number]
    origin_ms = at_frame * 1000 / timeline.frame_rate
    for word in words:
        shared = word.span.overlap_ms(source)
        text = " ".join(word.text.split())
        if not text or shared <= 0 or 2 * shared < word.span.duration_ms:
            continue
        start = max(word.span.start_ms, source.start_ms) - source.start_ms
        end = min(word.span.end_ms, source.end_ms) - source.start_ms
        first, last = (round(origin_ms + ms / span.speed) for ms in (start, end))
        yield CueWord(text=text, span=TimeRange(start_ms=first, end_ms=max(first + 1, last)))


def _apart(words: Sequence[CueWord]) -> Iterator[CueWord]:
    """In a transition two spans play at once: a word ends where the next one begins."""
    starts: list[int] = []
    for word in words:
        starts.append(max(word.span.start_ms, starts[-1] + 1 if starts else 0))
    for number, word in enumerate(words):
        limit = starts[number + 1] if number + 1 < len(words) else word.span.end_ms
        end = max(starts[number] + 1, min(word.span.end_ms, limit))
        yield CueWord(text=word.text, span=TimeRange(start_ms=starts[number], end_ms=end))
