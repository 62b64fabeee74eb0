"""The picture that stands for a clip: a frame chosen by score or by time, with a title on it."""

import io
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path
from threading import get_ident
from typing import NamedTuple

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from cliply.domain.faces import Box
from cliply.errors import ErrorCode, MediaError
from cliply.media.faces import DlibDetector, FaceDetector
from cliply.media.poster_title import write_title

MOMENTS = 10
"""Moments that are looked at, evenly over the clip."""

RUN = 3
"""Frames decoded at each moment: the middle one may be chosen, its neighbours tell motion."""

EDGE_S = 0.3
"""Not looked at after a clip's start and before its end: faces open up, fades run."""

WORK_WIDTH_PX = 360

JPEG_QUALITY = 88

FACE_BONUS = 1.0
"""A face counts as much as the sharpness of the sharpest frame."""

LARGE_FACE = 0.5
LARGE_FACE_BONUS = 0.5
"""What a face gains in addition as its width grows to this part of the picture."""

MOTION = 4.0
"""Mean change between neighbouring frames, in grey levels, that halves a score.

Talking heads change by 0.3 to 1.5; a crossfade of ten frames by 3 to 8, a wipe by more.
"""

Grey = NDArray[np.uint8]


class _Look(NamedTuple):
    """A frame that may become the poster."""

    frame: VideoFrame
    grey: Grey
    motion: float
    faces: tuple[Box, ...]


def poster(video: Path, *, at_ms: int | None = None, title: str | None = None) -> bytes:
    """A frame of a clip as a JPEG of its full size, with the title written on it.

    The frame shown at `at_ms`, or else the best one: sharp and still, neither dark nor
    washed out, with a face where there is one, the larger the better, and not within
    300 ms of either end.
    """
    if at_ms is not None:
        return poster_at(video, at_ms, title)
    detector = _loaded(get_ident())
    with av.open(str(video)) as container:
        looks = [_look(run, detector) for run in _runs(container)]
    chosen = looks[int(np.argmax(_scores(looks)))]
    return _jpeg(chosen.frame, title, chosen.faces)


def poster_at(video: Path, at_ms: int, title: str | None = None) -> bytes:
    """The frame shown at a time, to the frame, as a JPEG; the last one when it is later."""
    with av.open(str(video)) as container:
        frame = _frame_at(container, Fraction(at_ms, 1000))
    faces = _faces(_small_grey(frame), _loaded(get_ident())) if title else ()
    return _jpeg(frame, title, faces)


def _frame_at(container: InputContainer, time_s: Fraction) -> VideoFrame:
    stream = _stream(container)
    container.seek(_start(stream) + int(time_s / _base(stream)), stream=stream)
    shown = None
    for frame in container.decode(stream):
        if shown is not None and _time_s(frame, stream) > time_s:
            break
        shown = frame
    if shown is None:
        raise _nothing(container)
    return shown


def _runs(container: InputContainer) -> Iterator[list[VideoFrame]]:
    """Neighbouring frames at evenly spaced moments, as cheaply as keyframes allow."""
    stream = _stream(container)
    length_s = (stream.duration or 0) * _base(stream)
    first_s = min(Fraction(EDGE_S), length_s / 2)
    last_s = max(length_s - Fraction(EDGE_S), length_s / 2)
    seen: set[int | None] = set()
    for moment in range(MOMENTS):
        time_s = first_s + (last_s - first_s) * (2 * moment + 1) / (2 * MOMENTS)
        run = _run(container, stream, time_s, first_s)
        if run and run[0].pts not in seen:
            seen.add(run[0].pts)
            yield run
    if not seen:
        yield [_frame_at(container, length_s / 2)]


def _run(
    container: InputContainer, stream: VideoStream, time_s: Fraction, first_s: Fraction
) -> list[VideoFrame]:
    """From the keyframe before a time on, and not before `first_s`."""
    container.seek(_start(stream) + int(time_s / _base(stream)), stream=stream)
    frames = container.decode(stream)
    return list(islice((one for one in frames if _time_s(one, stream) >= first_s), RUN))


def _stream(container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise _nothing(container)
    return container.streams.video[0]


def _base(stream: VideoStream) -> Fraction:
    return stream.time_base or Fraction(1, av.time_base)


def _start(stream: VideoStream) -> int:
    return stream.start_time or 0


def _time_s(frame: VideoFrame, stream: VideoStream) -> Fraction:
    return ((frame.pts or 0) - _start(stream)) * _base(stream)


def _nothing(container: InputContainer) -> MediaError:
    return MediaError(
        ErrorCode.render_failed,
        f"{Path(container.name).name} has no picture to make a poster of: render it again.",
    )


@lru_cache(maxsize=8)
def _loaded(_thread: int) -> FaceDetector:
    """The detector of a thread: it takes 0.5 s to load, and two threads may not share one."""
    return DlibDetector()


def _look(run: list[VideoFrame], detector: FaceDetector) -> _Look:
    grey = [_small_grey(frame) for frame in run]
    middle = len(run) // 2
    changes = [float(np.mean(cv2.absdiff(one, other))) for one, other in pairwise(grey)]
    faces = _faces(grey[middle], detector)
    return _Look(run[middle], grey[middle], max(changes, default=0.0), faces)


def _faces(grey: Grey, detector: FaceDetector) -> tuple[Box, ...]:
    return tuple(box for box, _ in detector.detect(grey))


def _scores(looks: list[_Look]) -> NDArray[np.float64]:
    sharpness = np.array([_sharpness(look.grey) for look in looks])
    scores = sharpness / max(1e-6, float(sharpness.max()))
    scores = scores * [_exposure(look.grey) for look in looks]
    scores = scores + [_face_score(look.faces) for look in looks]
    return np.asarray(scores * [1 / (1 + (look.motion / MOTION) ** 2) for look in looks])


def _face_score(faces: tuple[Box, ...]) -> float:
    if not faces:
        return 0.0
    widest = max(box.width for box in faces)
    return FACE_BONUS + LARGE_FACE_BONUS * min(1.0, widest / LARGE_FACE)


def _small_grey(frame: VideoFrame) -> Grey:
    height = round(frame.height * WORK_WIDTH_PX / frame.width)
    plane = frame.reformat(WORK_WIDTH_PX, height, "yuv420p").planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return np.ascontiguousarray(rows[:, : plane.width])


def _sharpness(grey: Grey) -> float:
    """Variance of the Laplacian, root taken so that one grainy frame does not win alone."""
    return float(np.sqrt(cv2.Laplacian(grey, cv2.CV_64F).var()))


def _exposure(grey: Grey) -> float:
    """1 for a mean in the middle of the range, 0 for black and for white."""
    return float(1 - (abs(grey.mean() - 118) / 137) ** 2)


def _jpeg(frame: VideoFrame, title: str | None, faces: tuple[Box, ...]) -> bytes:
    picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
    if title:
        picture = write_title(picture, title, faces)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
