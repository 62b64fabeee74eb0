"""Which detector looks for faces in this installation, and who tells them apart."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cliply.domain.transcript import Refusal
from cliply.errors import ErrorCode, SettingsError
from cliply.media.faces import FaceDetector, make_detector
from cliply.media.hashing import hash_file
from cliply.media.identities import FaceRecogniser, PlainRecogniser, SFaceRecogniser
from cliply.models.catalogue import CATALOGUE, ModelPurpose
from cliply.models.store import find_model


@dataclass(frozen=True)
class FaceModels:
    """The models that were found; making them detectors takes seconds."""

    detector: Path | None
    """None is the packaged one."""
    recogniser: Path | None
    refusals: tuple[Refusal, ...] = ()
    """Better detectors that are not used, each with its reason."""

    missing: str | None = None
    """The name that was asked for and is not on this machine."""

    @property
    def signature(self) -> tuple[str, str]:
        """Changes whenever other faces could be found or told apart."""
        return self.missing or _digest(self.detector), _digest(self.recogniser)

    def make_detector(self) -> FaceDetector:
        """Raises SettingsError when the model is missing or can not be used."""
        if self.missing is not None:
            raise SettingsError(
                f"The face model {self.missing} is not on this machine: run `cliply models fetch "
                f"{self.missing}`, or unset FACE_MODEL to use the packaged detector.",
                ErrorCode.model_missing,
            )
        return make_detector(self.detector)

    def make_recogniser(self) -> FaceRecogniser:
        """Raises SettingsError when the file can not be used."""
        return SFaceRecogniser(self.recogniser) if self.recogniser else PlainRecogniser()


def find_face_models(
    face_model: str | None, recogniser: Path | None, models_dir: Path
) -> FaceModels:
    """`face_model` is a path or a name of the catalogue; unset is the packaged detector.

    What lies in the models folder is used only when it is named: a PyTorch file runs code.
    """
    if face_model is None:
        return FaceModels(None, recogniser, tuple(_unused(models_dir)))
    if face_model not in _names():
        return FaceModels(Path(face_model), recogniser)
    path = find_model(face_model, models_dir)
    return FaceModels(path, recogniser, missing=None if path else face_model)


def _unused(models_dir: Path) -> list[Refusal]:
    return [
        Refusal(
            engine=name,
            reason="not asked for" if find_model(name, models_dir) else "no weights",
        )
        for name in _names()
    ]


def _names() -> list[str]:
    return [model.name for model in CATALOGUE if model.purpose is ModelPurpose.faces]


def _digest(path: Path | None) -> str:
    if path is None:
        return "packaged"
    if not path.is_file():
        return f"missing {path}"
    state = path.stat()
    return _content(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _content(path: Path, _modified_ns: int, _size_bytes: int) -> str:
    """Digest of a file; read again when the file was touched."""
    return hash_file(path)
