"""Decoding again, in full, where a fast pass can not tell whether there is a cut."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from av.container import InputContainer
from av.video.frame import VideoFrame

from cliply.domain.media import VideoStream
from cliply.domain.scenes import CutRule
from cliply.domain.timing import TimeRange
from cliply.media.cuts import LEAST_LEVEL, WINDOW
from cliply.media.decoding import PictureReader
from cliply.media.frames import as_planar, hsv_of
from cliply.media.motion import level_between
from cliply.media.small_frames import Shrinker
from cliply.media.source import open_stream

DOUBTFUL_LEVEL = 15.0
"""Difference across left-out frames that may hide a cut, or may be several that are none: a
cut of 27 among frames that move by 6 each shows at least this."""

DARK_LEVEL = 16.0
"""Mean brightness (0…255) of pictures so near to black that one left out between two of
them may be anything: colours of black jump, as in a fade."""

STEPS_BACK_MS = (0, 1_000, 5_000, 20_000, 60_000)
"""Containers without an index land behind the place asked for; then it is asked earlier."""


class FewFrames(NamedTuple):
    """What a pass that left frames out knows of those it took, in order."""

    times_ms: Sequence[int]
    levels: Sequence[float]
    """Difference to the frame taken before."""
    dark: Sequence[int]
    """1 for frames near to black, else 0."""


def doubtful_spans(few: FewFrames, frame_ms: float, rule: CutRule) -> list[TimeRange]:
    """Stretches from one decoded frame to another whose differences have to be known exactly.

    For the content detector those where frames were left out between two that differ or
    are dark; between neighbours the difference is exact already. The adaptive detector
    compares with the neighbours of any jump, so these have to be decoded, too.
    """
    spans: list[TimeRange] = []
    times, last = few.times_ms, len(few.times_ms) - 1
    for index in range(1, len(times)):
        level = few.levels[index]
        skips = times[index] - times[index - 1] > 1.5 * frame_ms
        is_dark = few.dark[index - 1] or few.dark[index]
        may_hide = skips and (level >= DOUBTFUL_LEVEL or is_dark)
        if may_hide:
            _append(spans, times[index - 1], times[index])
        if rule is not CutRule.content and (may_hide or level >= LEAST_LEVEL):
            first, end = max(0, index - 1 - WINDOW), min(last, index + WINDOW)
            _append(spans, times[first], times[end])
    return spans


def _append(spans: list[TimeRange], start_ms: int, end_ms: int) -> None:
    if spans and start_ms <= spans[-1].end_ms:
        start_ms = min(start_ms, spans[-1].start_ms)
        end_ms = max(end_ms, spans.pop().end_ms)
        _append(spans, start_ms, end_ms)
    else:
        spans.append(TimeRange(start_ms=start_ms, end_ms=end_ms))


class SecondLook:
    """Reads stretches of a source frame by frame, from the keyframe before each."""

    def __init__(
        self, container: InputContainer, video: VideoStream, keyframes_ms: Sequence[int]
    ) -> None:
        self._reader = PictureReader(container, video)
        self._keyframes_ms = sorted(keyframes_ms)
        self._shrinker = Shrinker()
        self._frames: Iterator[tuple[int, VideoFrame]] = iter(())
        self._at_ms = -1

    def levels(self, span: TimeRange) -> list[tuple[int, float]]:
        """Time and difference to the frame before, of each frame after the span's start.

        Nothing when its start can not be reached.
        """
        self._approach(span.start_ms)
        levels, before = [], None
        for time_ms, frame in self._frames:
            self._at_ms = time_ms
            if time_ms < span.start_ms:
                continue
            now = hsv_of(self._shrinker.shrink(as_planar(frame)))
            if before is not None:
                levels.append((time_ms, level_between(before, now)))
            before = now
            if time_ms >= span.end_ms:
                break
        return levels

    def _approach(self, start_ms: int) -> None:
        """Read on when no keyframe lies between here and there, else go to the keyframe."""
        keyframe_ms = max((t for t in self._keyframes_ms if t <= start_ms), default=0)
        if 0 <= self._at_ms < start_ms and keyframe_ms <= self._at_ms:
            return
        for back_ms in STEPS_BACK_MS:
            self._reader.seek(start_ms - back_ms)
            frames = iter(self._reader)
            first = next(frames, None)
            if first is not None and first[0] <= start_ms:
                self._frames = _chained(first, frames)
                return
        self._frames = iter(())


def _chained(
    first: tuple[int, VideoFrame], rest: Iterator[tuple[int, VideoFrame]]
) -> Iterator[tuple[int, VideoFrame]]:
    yield first
    yield from rest


def exact_levels(
    path: Path, video: VideoStream, keyframes_ms: Sequence[int], spans: Sequence[TimeRange]
) -> Iterator[tuple[TimeRange, list[tuple[int, float]]]]:
    """Each span, in order of time, with its frames' times and differences."""
    if not spans:
        return
    with open_stream(path, video.index) as container:
        look = SecondLook(container, video, keyframes_ms)
        for span in spans:
            yield span, look.levels(span)
