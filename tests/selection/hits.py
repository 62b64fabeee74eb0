"""How many planted moments a choice of spans finds, and what chance and a simple rule find."""

from collections.abc import Sequence

import numpy as np

from cliply.domain.timing import TimeRange
from tests.selection.planted import MomentKind, PlantedTalk

WINDOW_MS = (15_000, 90_000)


def found(talk: PlantedTalk, spans: Sequence[TimeRange]) -> set[MomentKind]:
    """Moments of which one span shows at least half."""
    return {
        moment.kind
        for moment in talk.moments
        if any(2 * moment.span.overlap_ms(span) >= moment.span.duration_ms for span in spans)
    }


def hit_rate(talk: PlantedTalk, spans: Sequence[TimeRange]) -> float:
    """Share of the planted moments that are found."""
    return len(found(talk, spans)) / len(talk.moments)


def random_spans(talk: PlantedTalk, seed: int, count: int = 5) -> list[TimeRange]:
    """Spans of allowed length anywhere, none overlapping."""
    rng = np.random.default_rng(seed)
    spans: list[TimeRange] = []
    while len(spans) < count:
        length = int(rng.integers(*WINDOW_MS))
        start = int(rng.integers(0, talk.duration_ms - length))
        span = TimeRange(start_ms=start, end_ms=start + length)
        if not any(span.overlaps(other) for other in spans):
            spans.append(span)
    return spans


def central_spans(talk: PlantedTalk, count: int = 5) -> list[TimeRange]:
    """Spans of middle length side by side around the middle of the talk."""
    length = sum(WINDOW_MS) // 2
    first = (talk.duration_ms - count * length) // 2
    return [
        TimeRange(start_ms=first + place * length, end_ms=first + (place + 1) * length)
        for place in range(count)
    ]
