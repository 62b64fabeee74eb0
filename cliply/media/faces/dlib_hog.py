"""The detector that is always there: dlib's, from its wheel."""

from cliply.domain.faces import Box
from cliply.media.faces.detector import FoundFace
from cliply.media.frames import Picture


class DlibDetector:
    """Histogram of gradients with a sliding window; finds upright faces from 80 pixels.

    Without upsampling: doubling the picture costs four times as much.
    """

    name = "dlib-hog"

    def __init__(self) -> None:
        import _dlib_pybind11

        self._detector = _dlib_pybind11.get_frontal_face_detector()

    def detect(self, picture: Picture) -> list[FoundFace]:
        """Faces, surest first; scores start at 0 and reach about 3."""
        height, width = picture.shape
        rectangles, scores, _ = self._detector.run(picture, 0, 0.0)
        found = [
            (
                Box(
                    x=one.left() / width,
                    y=one.top() / height,
                    width=one.width() / width,
                    height=one.height() / height,
                ),
                float(score),
            )
            for one, score in zip(rectangles, scores, strict=True)
        ]
        return sorted(found, key=lambda face: -face[1])
