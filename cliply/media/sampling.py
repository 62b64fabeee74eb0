"""Faces of sampled frames, found beside the decoding."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from cliply.domain.faces import Box, FaceSample
from cliply.media.faces import FaceDetector
from cliply.media.frames import Picture
from cliply.media.search import FaceSearch
from cliply.media.tracks import SampledFrame, mouth_change

WAITING_LIMIT = 4
"""Pictures that wait for the detector; more would only fill memory."""


class FaceSampler:
    """Detects faces in pictures (in order of time) in a thread of its own."""

    def __init__(self, detector: FaceDetector) -> None:
        self._search = FaceSearch(detector)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="faces")
        self._waiting: deque[Future[SampledFrame]] = deque()
        self._done: list[SampledFrame] = []
        self._before: Picture | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._worker.shutdown(cancel_futures=True)

    def add(self, time_ms: int, grey: Picture, *, is_new_shot: bool) -> None:
        """Queue a picture; waits while too many are queued. Raises what the detector raises."""
        if len(self._waiting) >= WAITING_LIMIT:
            self._done.append(self._waiting.popleft().result())
        self._waiting.append(self._worker.submit(self._sample, time_ms, grey, is_new_shot))

    def finish(self) -> list[SampledFrame]:
        """All sampled frames in order of time."""
        self._done.extend(future.result() for future in self._waiting)
        self._waiting.clear()
        return self._done

    def _sample(self, time_ms: int, grey: Picture, is_new_shot: bool) -> SampledFrame:
        found = self._search.find(time_ms, grey, is_new_shot=is_new_shot)
        before, self._before = (None if is_new_shot else self._before), grey
        faces = tuple(
            FaceSample(
                time_ms=time_ms,
                box=box,
                confidence=score,
                mouth_motion=_change(before, grey, box),
            )
            for box, score in found
        )
        return SampledFrame(time_ms, faces)


def _change(before: Picture | None, now: Picture, box: Box) -> float:
    return 0.0 if before is None else mouth_change(before, now, box)
