"""Runs recognisers over the segments of a source, in parallel and in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Protocol, TypeVar

import numpy as np

from cliply.domain.media import SourceMedia
from cliply.domain.timing import TimeRange
from cliply.media.audio import read_audio
from cliply.media.voice import VoiceDetector
from cliply.speech.segments import SAMPLE_RATE, Samples, Segment, cut_segments, plan_spans
from cliply.speech.transcriber import NothingSaid, SpeechRequest
from cliply.speech.words import RawWord

TICK_S = 0.25
BLOCK_S = 5.0

T = TypeVar("T")
ReadSound = Callable[[Path, SourceMedia], Iterable[np.ndarray]]


class RecognizerFailed(Exception):
    """The engine broke; its message says how."""


class Recognizer(Protocol):
    """One loaded engine, used by one thread at a time."""

    def recognize(self, samples: Samples) -> list[RawWord]:
        """Words with times from the first sample on; raises RecognizerFailed."""
        ...

    def close(self) -> None:
        """Free what is held; a `recognize` that is under way may raise RecognizerFailed."""
        ...


def read_sound(path: Path, source: SourceMedia) -> Iterator[np.ndarray]:
    """Mono blocks as recognisers want them, from source time 0."""
    return read_audio(path, source, sample_rate=SAMPLE_RATE, layout="mono", block_s=BLOCK_S)


def require_speech(request: SpeechRequest) -> None:
    """Raises NothingSaid where it is known that there is nothing to recognise."""
    if request.source.audio is None:
        raise NothingSaid("the source has no audio stream")
    if request.speech == ():
        raise NothingSaid("nobody speaks in the source")


def find_speech(request: SpeechRequest, read: ReadSound = read_sound) -> tuple[TimeRange, ...]:
    """Where there is a voice, as the request says or by listening through the source once.

    Raises NothingSaid when there is none.
    """
    if request.speech is None:
        detector = VoiceDetector()
        for block in _watched(read(request.path, request.source), lambda: request.on_progress(0)):
            detector.feed(block[0])
        request = replace(request, speech=detector.spans())
    require_speech(request)
    return request.speech or ()


def recognize_speech(
    request: SpeechRequest,
    recognizers: Sequence[Recognizer],
    longest_ms: int,
    read: ReadSound = read_sound,
) -> list[RawWord]:
    """Every word of the source in source time; closes the recognisers when done.

    Memory does not grow with the source, but for the words. Raises RecognizerFailed,
    NothingSaid, and MediaError when the sound can not be read.
    """
    speech = find_speech(request, read)
    spans = plan_spans(speech, request.source.duration_ms, longest_ms)
    progress = _SpeechProgress(request, spans)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(recognizers)))
        for recognizer in recognizers:
            stack.callback(recognizer.close)
        blocks = _watched(read(request.path, request.source), progress.tick)
        segments = cut_segments(blocks, spans, longest_ms)
        return _in_order(pool, recognizers, segments, progress)


def wait_for(future: "Future[T]", tick: Callable[[], None], limit_s: float | None = None) -> T:
    """The future's result, calling `tick` all the while; raises TimeoutError at the limit."""
    deadline = None if limit_s is None else monotonic() + limit_s
    while True:
        tick()
        try:
            return future.result(timeout=TICK_S)
        except TimeoutError:
            if future.done() or (deadline is not None and monotonic() > deadline):
                raise


class _SpeechProgress:
    """How much of the speech has been recognised."""

    def __init__(self, request: SpeechRequest, spans: Sequence[TimeRange]) -> None:
        self._report = request.on_progress
        self._spans = spans
        self._total_ms = sum(span.duration_ms for span in spans)
        self._done_ms = 0

    def reached(self, time_ms: int) -> None:
        done = TimeRange(start_ms=0, end_ms=max(1, time_ms))
        self._done_ms = sum(span.overlap_ms(done) for span in self._spans)

    def tick(self) -> None:
        self._report(min(1.0, self._done_ms / max(1, self._total_ms)))


def _in_order(
    pool: ThreadPoolExecutor,
    recognizers: Sequence[Recognizer],
    segments: Iterable[Segment],
    progress: _SpeechProgress,
) -> list[RawWord]:
    idle: SimpleQueue[Recognizer] = SimpleQueue()
    for recognizer in recognizers:
        idle.put(recognizer)
    words: list[RawWord] = []
    pending: deque[tuple[Segment, Future[list[RawWord]]]] = deque()

    def collect() -> None:
        segment, future = pending.popleft()
        recognized = wait_for(future, progress.tick)
        words.extend(_placed(recognized, segment))
        progress.reached(segment.end_ms)

    for segment in segments:
        pending.append((segment, pool.submit(_recognize, idle, segment.samples)))
        while len(pending) > len(recognizers):
            collect()
    while pending:
        collect()
    return words


def _recognize(idle: "SimpleQueue[Recognizer]", samples: Samples) -> list[RawWord]:
    recognizer = idle.get()
    try:
        return recognizer.recognize(samples)
    finally:
        idle.put(recognizer)


def _placed(words: Iterable[RawWord], segment: Segment) -> Iterator[RawWord]:
    """Words moved to source time; none may leave its segment."""
    length_ms = segment.end_ms - segment.start_ms
    for word in words:
        start_ms = min(max(0, word.start_ms), length_ms)
        end_ms = min(max(start_ms, word.end_ms), length_ms)
        yield word._replace(start_ms=start_ms, end_ms=end_ms).shifted(segment.start_ms)


def _watched(blocks: Iterable[np.ndarray], tick: Callable[[], None]) -> Iterator[np.ndarray]:
    for block in blocks:
        tick()
        yield block
