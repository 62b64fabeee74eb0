"""YuNet, a small convolutional face detector, run by OpenCV."""

from pathlib import Path
from typing import Any

import cv2
from numpy.typing import NDArray

from cliply.domain.faces import Box
from cliply.media.faces.detector import FaceNetwork, FoundFace
from cliply.media.faces.letterbox import in_colour
from cliply.media.frames import Picture

MIN_SCORE = 0.6

OUTPUTS = frozenset(f"{part}_{stride}" for part in ("cls", "obj", "bbox") for stride in (8, 16, 32))
"""Names by which the network is known; those with `kps` are landmarks."""


class YuNetDetector(FaceNetwork):
    """Finds small and turned faces too; raises cv2.error when the file is no YuNet."""

    def __init__(self, path: Path) -> None:
        self._detector = cv2.FaceDetectorYN.create(str(path), "", (320, 320), MIN_SCORE)
        self.name = f"yunet {path.name}"

    def detect(self, picture: Picture) -> list[FoundFace]:
        """Faces with scores from 0.6 to 1."""
        height, width = picture.shape[:2]
        self._detector.setInputSize((width, height))
        _, rows = self._detector.detect(in_colour(picture))
        return [] if rows is None else faces_of_rows(rows, (width, height))


def faces_of_rows(rows: NDArray[Any], size: tuple[int, int]) -> list[FoundFace]:
    """YuNet's rows [n, 15]: x, y, width, height in pixels, five landmarks, score."""
    width, height = size
    found = [
        (Box(x=x / width, y=y / height, width=w / width, height=h / height), float(score))
        for x, y, w, h, *_, score in rows.tolist()
        if w > 0 and h > 0
    ]
    return sorted(found, key=lambda face: -face[1])
