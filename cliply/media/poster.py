"""The picture that stands for a clip."""

import io
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

from cliply.media.faces import DlibDetector

FRAMES = 8
"""Keyframes that are looked at, evenly over the clip."""

WORK_WIDTH_PX = 360

JPEG_QUALITY = 88

FACE_BONUS = 1.0
"""A face counts as much as the sharpness of the sharpest frame."""


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


def _keyframes(video: Path) -> list[Image.Image]:
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        pictures = [
            Image.fromarray(frame.to_ndarray(format="rgb24")) for frame in container.decode(stream)
        ]
    step = max(1, len(pictures) / FRAMES)
    return [pictures[int(index * step)] for index in range(min(FRAMES, len(pictures)))]


def _small_grey(picture: Image.Image) -> np.ndarray:
    height = round(picture.height * WORK_WIDTH_PX / picture.width)
    return np.asarray(picture.convert("L").resize((WORK_WIDTH_PX, height)))


def _sharpness(grey: np.ndarray) -> float:
    """Variance of the Laplacian, root taken so that one grainy frame does not win alone."""
    return float(np.sqrt(cv2.Laplacian(grey, cv2.CV_64F).var()))


def _exposure(grey: np.ndarray) -> float:
    """1 for a mean in the middle of the range, 0 for black and for white."""
    return float(1 - (abs(grey.mean() - 118) / 137) ** 2)


def _with_face(grey: list[np.ndarray]) -> np.ndarray:
    detector = DlibDetector()
    return np.array([bool(detector.detect(picture)) for picture in grey], dtype=float)


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return buffer.getvalue()
