import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from cliply.speech.segments import (
    SAMPLE_RATE,
    Segment,
    cut_segments,
    plan_spans,
    quietest_point,
)
from tests.speech.sources import clock, span


def blocks_of(samples: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(samples), size):
        yield samples[None, start : start + size]


def heard_at_ms(segment: Segment) -> int:
    """The time that the first sample of `clock` tells."""
    return round((float(segment.samples[0]) - 0.002) * 100_000)


def test_neighbouring_speech_is_recognised_together() -> None:
    spans = plan_spans([span(1000, 3000), span(4000, 6000), span(20_000, 21_000)], 30_000, 15_000)
    assert spans == (span(600, 6400), span(19_600, 21_400))


def test_joined_speech_stays_within_the_longest_segment() -> None:
    speech = [span(start, start + 1900) for start in range(1000, 61_000, 2000)]
    spans = plan_spans(speech, 70_000, 15_000)
    assert all(planned.duration_ms <= 15_000 for planned in spans)
    assert sum(planned.duration_ms for planned in spans) >= 30 * 1900


def test_margins_neither_overlap_nor_leave_the_source() -> None:
    spans = plan_spans([span(100, 5000), span(5100, 10_900)], 11_000, 6_000)
    assert spans == (span(0, 5050), span(5050, 11_000))


def test_speech_after_the_end_of_the_source_is_left_out() -> None:
    assert plan_spans([span(12_000, 13_000)], 11_000, 15_000) == ()


def test_segments_hold_the_sound_of_their_time() -> None:
    spans = (span(500, 2500), span(7000, 7100), span(9000, 30_000))
    segments = list(cut_segments(blocks_of(clock(25), 7001), spans, 6000))
    assert [s.start_ms for s in segments[:3]] == [500, 7000, 9000]
    assert segments[-1].end_ms == 25_000
    assert all(abs(heard_at_ms(s) - s.start_ms) <= 1 for s in segments)
    for before, after in pairwise(segments[2:]):
        assert before.end_ms == after.start_ms


def test_no_segment_is_longer_than_allowed() -> None:
    segments = cut_segments(blocks_of(clock(25), SAMPLE_RATE), (span(0, 25_000),), 6000)
    assert max(s.end_ms - s.start_ms for s in segments) <= 6000


def test_long_speech_is_cut_where_it_is_quietest() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE * 10).astype(np.float32)
    samples[SAMPLE_RATE * 8 : SAMPLE_RATE * 8 + 3200] *= 0.01
    assert abs(quietest_point(samples) / SAMPLE_RATE - 8.1) < 0.06


def test_silent_segments_are_left_out() -> None:
    samples = np.concatenate([np.zeros(SAMPLE_RATE, np.float32), clock(1)])
    segments = list(cut_segments(blocks_of(samples, 4000), (span(0, 1000), span(1000, 2000)), 5000))
    assert [s.start_ms for s in segments] == [1000]


def test_what_lies_behind_is_not_kept() -> None:
    """An hour passes through; two blocks and a segment are held at most."""
    held: list[int] = []

    def hour() -> Iterator[np.ndarray]:
        for _ in range(360):
            block = np.full((1, SAMPLE_RATE * 10), 0.5, np.float32)
            held.append(block.nbytes)
            yield block

    tracemalloc.start()
    spans = (span(0, 20_000), span(1_800_000, 1_900_000))
    count = sum(1 for _ in cut_segments(hour(), spans, 15_000))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count >= 8
    assert peak_bytes < 10 * held[0]
