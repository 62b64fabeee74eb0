"""The picture that stands for a clip."""

import io
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cliply.media.faces import DlibDetector

FRAMES = 8
"""Moments that are looked at, evenly over the clip."""

WORK_WIDTH_PX = 360

JPEG_QUALITY = 88

FACE_BONUS = 1.0
"""A face counts as much as the sharpness of the sharpest frame."""

Grey = NDArray[np.uint8]


def poster(video: Path) -> bytes:
    """The best keyframe of a clip as a JPEG of its full size.

    Sharp, neither dark nor washed out, and with a face where there is one.
    """
    frames = _keyframes(video)
    grey = [_small_grey(frame) for frame in frames]
    sharpness = np.array([_sharpness(picture) for picture in grey])
    scores = sharpness / max(1e-6, float(sharpness.max()))
    scores = scores * [_exposure(picture) for picture in grey]
    scores = scores + FACE_BONUS * _with_face(grey)
    return _jpeg(frames[int(np.argmax(scores))])


def _keyframes(video: Path) -> list[av.VideoFrame]:
    """The keyframes before evenly spaced moments, each once."""
    found: dict[int | None, av.VideoFrame] = {}
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        length = stream.duration or 0
        for moment in range(FRAMES):
            container.seek(length * (2 * moment + 1) // (2 * FRAMES), stream=stream)
            frame = next(container.decode(stream))
            found[frame.pts] = frame
    return list(found.values())


def _small_grey(frame: av.VideoFrame) -> Grey:
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


def _with_face(grey: list[Grey]) -> NDArray[np.float64]:
    detector = DlibDetector()
    return np.array([bool(detector.detect(picture)) for picture in grey], dtype=float)


def _jpeg(frame: av.VideoFrame) -> bytes:
    buffer = io.BytesIO()
    picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
