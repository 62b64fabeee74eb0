"""The face detector of this installation, and who tells faces apart."""

from pathlib import Path

import dagster as dg

from cliply.domain.transcript import Refusal
from cliply.media.faces import FaceDetector
from cliply.media.identities import FaceRecogniser
from cliply.services.face_models import FaceModels, find_face_models


class FaceDetection(dg.ConfigurableResource[None]):
    """The packaged detector, or a model by its path or name."""

    model: str | None = None
    recogniser_model: str | None = None
    models_dir: str = "models"

    @property
    def signature(self) -> str:
        """Changes whenever other faces could be found or told apart."""
        return " ".join(self._found().signature)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Better detectors that are not used, each with its reason."""
        return self._found().refusals

    def detector(self) -> FaceDetector:
        return self._found().make_detector()

    def recogniser(self) -> FaceRecogniser:
        return self._found().make_recogniser()

    def _found(self) -> FaceModels:
        recogniser = Path(self.recogniser_model) if self.recogniser_model else None
        return find_face_models(self.model, recogniser, Path(self.models_dir))
