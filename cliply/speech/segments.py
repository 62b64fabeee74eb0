"""Cuts a source's sound at its silences into segments that a recogniser can take."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cliply.domain.timing import TimeRange

SAMPLE_RATE = 16_000
"""What every recogniser here was trained on."""

SAMPLES_PER_MS = SAMPLE_RATE // 1000

MARGIN_MS = 400
"""Sound kept on both sides of speech; without it pocketsphinx lost a fifth more words."""

JOIN_GAP_MS = 3_000
"""Speech closer together than this is recognised together, as context helps."""

SILENT_PEAK = 0.001
"""-60 dBFS: a segment that never rises above it is not worth recognising."""

HOP = SAMPLE_RATE // 100
WINDOW = np.array([1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1])
"""Weights of the hops, of 10 ms each, in which a cut is looked for."""

Samples = NDArray[np.float32]


class Segment(NamedTuple):
    """A stretch of mono sound at `SAMPLE_RATE`, and the source time of its first sample."""

    start_ms: int
    samples: Samples

    @property
    def end_ms(self) -> int:
        return self.start_ms + len(self.samples) // SAMPLES_PER_MS


def plan_spans(
    speech: Sequence[TimeRange], duration_ms: int, longest_ms: int
) -> tuple[TimeRange, ...]:
    """Stretches to recognise: neighbouring speech joined, with a margin around it.

    A stretch is longer than `longest_ms` only where one span of speech is.
    """
    joined: list[TimeRange] = []
    for span in speech:
        before = joined[-1] if joined else None
        if (
            before
            and span.start_ms - before.end_ms <= JOIN_GAP_MS
            and span.end_ms - before.start_ms <= longest_ms - 2 * MARGIN_MS
        ):
            joined[-1] = TimeRange(start_ms=before.start_ms, end_ms=span.end_ms)
        else:
            joined.append(span)
    return _with_margins(joined, duration_ms)


def cut_segments(
    blocks: Iterable[NDArray[np.float32]], spans: Sequence[TimeRange], longest_ms: int
) -> Iterator[Segment]:
    """The sound of the spans, none longer than `longest_ms`; silent segments are left out.

    `blocks` are `[1, samples]` at `SAMPLE_RATE` from source time 0. A span that is too long
    is cut where it is quietest. At most `longest_ms` and one block are held at a time.
    """
    sound = _Sound(blocks)
    for span in spans:
        start, end = span.start_ms * SAMPLES_PER_MS, span.end_ms * SAMPLES_PER_MS
        while start < end:
            wanted = min(end - start, longest_ms * SAMPLES_PER_MS)
            samples = sound.read(start, wanted)
            if not len(samples):
                return
            if start + len(samples) < end and len(samples) == wanted:
                samples = samples[: quietest_point(samples)]
            if np.abs(samples).max() > SILENT_PEAK:
                yield Segment(start // SAMPLES_PER_MS, samples.copy())
            start += len(samples)


def quietest_point(samples: Samples) -> int:
    """Index, on a whole millisecond, of the middle of the quietest 100 ms in the last third.

    The middle of the window weighs most, so that a cut falls into the middle of a short gap
    between two words and not to its edge.
    """
    first = len(samples) * 2 // 3 // HOP * HOP
    hops = (len(samples) - first) // HOP
    if hops < len(WINDOW):
        return len(samples)
    power = np.square(samples[first : first + hops * HOP]).reshape(hops, HOP).mean(axis=1)
    smooth = np.convolve(power, WINDOW, mode="valid")
    return first + int(smooth.argmin()) * HOP + len(WINDOW) * HOP // 2


def _with_margins(spans: Sequence[TimeRange], duration_ms: int) -> tuple[TimeRange, ...]:
    """Spans grown by the margin, but no further than half way to their neighbours."""
    grown: list[TimeRange] = []
    for index, span in enumerate(spans):
        before_ms = (spans[index - 1].end_ms + span.start_ms) // 2 if index else 0
        is_last = index + 1 == len(spans)
        after_ms = duration_ms if is_last else (span.end_ms + spans[index + 1].start_ms) // 2
        start_ms = max(before_ms, span.start_ms - MARGIN_MS)
        end_ms = min(after_ms, span.end_ms + MARGIN_MS, duration_ms)
        if start_ms < end_ms:
            grown.append(TimeRange(start_ms=start_ms, end_ms=end_ms))
    return tuple(grown)


class _Sound:
    """Random access forwards over a stream of blocks; what lies behind is forgotten."""

    def __init__(self, blocks: Iterable[NDArray[np.float32]]) -> None:
        self._blocks = iter(blocks)
        self._first = 0
        self._held: Samples = np.zeros(0, np.float32)

    def read(self, start: int, count: int) -> Samples:
        """`count` samples from `start`, fewer at the end; `start` must never go back."""
        self._forget(start)
        parts, held = [self._held], len(self._held)
        while self._first + held < start + count:
            block = next(self._blocks, None)
            if block is None:
                break
            parts.append(block[0])
            held += len(block[0])
            if self._first + held <= start:
                self._first, parts, held = self._first + held, [], 0
        self._held = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        self._forget(start)
        return self._held[:count]

    def _forget(self, start: int) -> None:
        gone = min(start - self._first, len(self._held))
        self._held = self._held[gone:]
        self._first += gone
