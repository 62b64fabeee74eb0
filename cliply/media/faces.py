"""Finding faces in a grey picture."""

from pathlib import Path
from typing import Any, Protocol

import cv2
from numpy.typing import NDArray

from cliply.domain.faces import Box
from cliply.errors import SettingsError
from cliply.media.frames import Picture

FoundFace = tuple[Box, float]
"""Where, and the detector's own score."""

YUNET_MIN_SCORE = 0.6


class FaceDetector(Protocol):
    """Finds faces in one picture at a time."""

    @property
    def name(self) -> str:
        """Model and what distinguishes it, for the record."""
        ...

    def detect(self, grey: Picture) -> list[FoundFace]:
        """Faces in an upright uint8 picture [height, width]; boxes as fractions of it."""
        ...


class DlibDetector:
    """Histogram of gradients with a sliding window; finds upright faces from 80 pixels.

    Without upsampling: doubling the picture costs four times as much.
    """

    name = "dlib-hog"

    def __init__(self) -> None:
        import _dlib_pybind11

        self._detector = _dlib_pybind11.get_frontal_face_detector()

    def detect(self, grey: Picture) -> list[FoundFace]:
        """Faces, surest first; scores start at 0 and reach about 3."""
        height, width = grey.shape
        rectangles, scores, _ = self._detector.run(grey, 0, 0.0)
        return [
            (
                Box(
                    x=found.left() / width,
                    y=found.top() / height,
                    width=found.width() / width,
                    height=found.height() / height,
                ),
                float(score),
            )
            for found, score in zip(rectangles, scores, strict=True)
        ]


class YuNetDetector:
    """A small convolutional detector from an ONNX file; finds small and turned faces too."""

    def __init__(self, path: Path) -> None:
        """Raises SettingsError when the file is missing or no YuNet model."""
        if not path.is_file():
            raise SettingsError(
                f"The face model {path} is not there: set FACE_MODEL to a YuNet ONNX file, "
                "or unset it to use the packaged detector."
            )
        try:
            self._detector = cv2.FaceDetectorYN.create(str(path), "", (320, 320), YUNET_MIN_SCORE)
        except cv2.error:
            raise SettingsError(
                f"The face model {path} can not be loaded: set FACE_MODEL to a YuNet ONNX "
                "file, or unset it to use the packaged detector."
            ) from None
        self.name = f"yunet {path.name}"

    def detect(self, grey: Picture) -> list[FoundFace]:
        """Faces with scores from 0.6 to 1."""
        height, width = grey.shape
        self._detector.setInputSize((width, height))
        _, rows = self._detector.detect(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
        return [] if rows is None else faces_of_rows(rows, (width, height))


def faces_of_rows(rows: NDArray[Any], size: tuple[int, int]) -> list[FoundFace]:
    """YuNet's rows [n, 15]: x, y, width, height in pixels, five landmarks, score."""
    width, height = size
    return [
        (
            Box(x=x / width, y=y / height, width=w / width, height=h / height),
            float(score),
        )
        for x, y, w, h, *_, score in rows.tolist()
        if w > 0 and h > 0
    ]


def make_detector(face_model: Path | None) -> FaceDetector:
    """The detector of a model file, or the packaged one; raises SettingsError."""
    return DlibDetector() if face_model is None else YuNetDetector(face_model)
