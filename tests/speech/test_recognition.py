import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np
import pytest

from cliply.domain.timing import TimeRange
from cliply.errors import Cancelled
from cliply.speech.recognition import (
    RecognizerFailed,
    find_speech,
    recognize_speech,
    wait_for,
)
from cliply.speech.segments import Samples
from cliply.speech.transcriber import NothingSaid
from cliply.speech.words import RawWord
from tests.speech.sources import RATE, clock, request_of, sound_of, span


class ClockReader:
    """Hears the time that `clock` tells at the start of a segment, as one word."""

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self._before = before
        self.closed = threading.Event()
        self.threads: set[int] = set()

    def recognize(self, samples: Samples) -> list[RawWord]:
        self.threads.add(threading.get_ident())
        self._before()
        if self.closed.is_set():
            raise RecognizerFailed("closed")
        said = str(round((float(samples[0]) - 0.002) * 100_000))
        return [RawWord(said, -50, 100), RawWord("late", 200, 10**6)]

    def close(self) -> None:
        self.closed.set()


def speech(count: int) -> tuple[TimeRange, ...]:
    return tuple(span(start, start + 1000) for start in range(1000, 1000 + 5000 * count, 5000))


def test_words_come_in_order_and_at_their_time_from_several_recognisers() -> None:
    turns = iter([0.15, 0, 0.1, 0, 0, 0])
    readers = [ClockReader(lambda: time.sleep(next(turns))) for _ in range(2)]
    request = request_of(30_000, speech=speech(6))
    words = recognize_speech(request, readers, 15_000, sound_of(clock(30)))
    starts = [word for word in words if word.text != "late"]
    assert len(starts) == 6
    assert all(abs(int(word.text) - word.start_ms) <= 1 for word in starts)
    assert [word.start_ms for word in words] == sorted(word.start_ms for word in words)
    assert all(reader.closed.is_set() for reader in readers)
    assert all(reader.threads for reader in readers)


def test_no_word_leaves_its_segment() -> None:
    request = request_of(30_000, speech=(span(1000, 2000), span(9000, 9500)))
    words = recognize_speech(request, [ClockReader()], 15_000, sound_of(clock(30)))
    assert [(w.start_ms, w.end_ms) for w in words] == [
        (600, 700),
        (800, 2400),
        (8600, 8700),
        (8800, 9900),
    ]


def test_progress_goes_from_nothing_to_nearly_all_and_never_back() -> None:
    seen: list[float] = []
    request = request_of(30_000, speech=speech(6), on_progress=seen.append)
    recognize_speech(request, [ClockReader()], 15_000, sound_of(clock(30)))
    assert seen[0] == 0
    assert seen == sorted(seen)
    assert 0.5 < seen[-1] <= 1


def test_progress_is_told_while_a_recogniser_works() -> None:
    ticks: list[float] = []
    request = request_of(
        5000, speech=(span(0, 4000),), on_progress=lambda _: ticks.append(time.monotonic())
    )
    slow = ClockReader(lambda: time.sleep(0.9))
    recognize_speech(request, [slow], 15_000, sound_of(clock(5)))
    assert max(np.diff(ticks)) < 0.5


def test_cancelling_closes_the_recognisers_and_passes() -> None:
    reader = ClockReader(lambda: time.sleep(0.5))
    begun = time.monotonic()

    def cancel(_fraction: float) -> None:
        if time.monotonic() - begun > 0.3:
            raise Cancelled

    request = request_of(30_000, speech=speech(6), on_progress=cancel)
    with pytest.raises(Cancelled):
        recognize_speech(request, [reader], 15_000, sound_of(clock(30)))
    assert reader.closed.is_set()
    assert time.monotonic() - begun < 3


def test_a_recogniser_that_breaks_ends_the_work() -> None:
    def broken() -> None:
        raise RecognizerFailed("out of memory")

    readers = [ClockReader(broken), ClockReader()]
    with pytest.raises(RecognizerFailed, match="out of memory"):
        recognize_speech(request_of(30_000, speech=speech(6)), readers, 15_000, sound_of(clock(30)))
    assert readers[1].closed.is_set()


def test_speech_is_looked_for_when_nobody_did() -> None:
    silence = np.zeros(RATE * 3, np.float32)
    with pytest.raises(NothingSaid):
        find_speech(request_of(3000), sound_of(silence))


def test_given_speech_is_taken_as_it_is() -> None:
    given = (span(0, 500),)
    assert find_speech(request_of(3000, speech=given)) == given


def test_waiting_ends_at_its_limit() -> None:
    with pytest.raises(TimeoutError):
        wait_for(Future(), lambda: None, limit_s=0.1)
