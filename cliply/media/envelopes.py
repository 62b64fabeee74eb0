"""Envelopes: how loud a voice or a music bed is at every sample of a clip."""

from collections.abc import Iterable, Iterator

import numpy as np

from cliply.domain.timeline import SAMPLE_RATE
from cliply.domain.timing import TimeRange

PER_MS = SAMPLE_RATE // 1000
"""Samples in a millisecond."""

EDGE_MS = 1
"""Length of a gate's edges: long enough not to click."""

DUCK_AHEAD_MS = 250
"""The bed is down by the time that somebody speaks."""

DUCK_BACK_MS = 500
"""It comes back slowly, as a hand at the fader does."""

JOINED_MS = 600
"""A pause shorter than this is not worth coming up for."""


def voice_gate(spans: Iterable[TimeRange], samples: int) -> np.ndarray:
    """1 where the voice is heard and 0 in the spans, float32; edges lie outside of them."""
    depth = _depth(spans, (EDGE_MS, EDGE_MS), samples)
    return np.asarray((1 + np.cos(np.pi * depth)) / 2, np.float32)


def ducking(spans: Iterable[TimeRange], duck_db: float, samples: int) -> np.ndarray:
    """1 where the bed is alone and `duck_db` in the spans, float32.

    The way down and up is even in decibels and lies outside of the spans.
    """
    depth = _depth(spans, (DUCK_AHEAD_MS, DUCK_BACK_MS), samples)
    return np.asarray(10 ** (depth * (duck_db / 20)), np.float32)


def fades(fade_ms: int, samples: int) -> np.ndarray:
    """Straight lines up at the start and down at the end, float32; at most half each."""
    count = min(fade_ms * PER_MS, samples // 2)
    envelope = np.ones(samples, np.float32)
    line = np.arange(count, dtype=np.float32) / max(1, count)
    envelope[:count] = line
    envelope[samples - count :] = line[::-1]
    return envelope


def joined(spans: Iterable[TimeRange], gap_ms: int = 0) -> tuple[TimeRange, ...]:
    """The spans in order of time, those at most `gap_ms` apart made one."""
    return tuple(_joined(sorted(spans, key=lambda span: span.start_ms), gap_ms))


def _joined(spans: Iterable[TimeRange], gap_ms: int) -> Iterator[TimeRange]:
    held: TimeRange | None = None
    for span in spans:
        if held is None:
            held = span
        elif span.start_ms <= held.end_ms + gap_ms:
            held = TimeRange(start_ms=held.start_ms, end_ms=max(held.end_ms, span.end_ms))
        else:
            yield held
            held = span
    if held is not None:
        yield held


def _depth(spans: Iterable[TimeRange], ramps_ms: tuple[int, int], samples: int) -> np.ndarray:
    """1 in the spans, 0 away from them, and straight lines of these lengths between."""
    depth = np.zeros(samples, np.float32)
    before, after = (PER_MS * length for length in ramps_ms)
    for span in spans:
        start, end = span.start_ms * PER_MS, span.end_ms * PER_MS
        _raise(depth, start - before, np.arange(before, dtype=np.float32) / before)
        depth[start:end] = 1
        _raise(depth, end, 1 - np.arange(1, after + 1, dtype=np.float32) / after)
    return depth


def _raise(depth: np.ndarray, start: int, line: np.ndarray) -> None:
    """The larger of the two, where the line lies inside."""
    part = line[max(0, -start) : max(0, len(depth) - start)]
    inside = depth[max(0, start) : max(0, start) + len(part)]
    np.maximum(inside, part, out=inside)
