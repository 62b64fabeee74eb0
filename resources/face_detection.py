"""The face detector of this installation."""

from pathlib import Path

import dagster as dg

from cliply.media.faces import FaceDetector, make_detector


class FaceDetection(dg.ConfigurableResource[None]):
    """The packaged detector, or an ONNX model by its path."""

    model: str | None = None

    @property
    def signature(self) -> str:
        """Changes whenever other faces could be found."""
        return self.model or "packaged"

    def detector(self) -> FaceDetector:
        return make_detector(Path(self.model) if self.model else None)
