"""The detector of a model file, or the packaged one."""

from pathlib import Path

import cv2
import numpy as np

from cliply.errors import ErrorCode, SettingsError
from cliply.media.faces.detector import FaceDetector
from cliply.media.faces.dlib_hog import DlibDetector
from cliply.media.faces.yolo_onnx import YoloOnnxDetector, open_network
from cliply.media.faces.yolo_output import Unreadable
from cliply.media.faces.yunet import OUTPUTS, YuNetDetector

PYTORCH_SUFFIXES = (".pt", ".pth")

TRIAL_SIZE = (360, 640)

NEXT_STEP = (
    "Set FACE_MODEL to a YOLO-face or YuNet file as docs/how-to/face-models.md tells, or unset "
    "it to use the packaged detector."
)


def make_detector(face_model: Path | None) -> FaceDetector:
    """The detector of a model file; what kind it is, its content tells.

    A PyTorch file (`.pt`) needs the extra `gpu`, all others are ONNX. Nothing is downloaded
    or installed. Raises SettingsError when the file can not be used.
    """
    if face_model is None:
        return DlibDetector()
    if not face_model.is_file():
        raise SettingsError(f"The face model {face_model} is not there. {NEXT_STEP}")
    try:
        is_pytorch = face_model.suffix in PYTORCH_SUFFIXES
        detector = _from_pytorch(face_model) if is_pytorch else _from_onnx(face_model)
    except Unreadable as why:
        raise _unusable(face_model, str(why)) from None
    return _tried(detector, face_model)


def _tried(detector: FaceDetector, path: Path) -> FaceDetector:
    """The detector, after a look at an empty picture: many files load and never run."""
    try:
        detector.detect(np.zeros(TRIAL_SIZE, np.uint8))
    except Exception as error:  # whatever a foreign network breaks with
        raise _unusable(path, f"it fails with {type(error).__name__}") from error
    return detector


def _from_pytorch(path: Path) -> FaceDetector:
    from cliply.media.faces.yolo_torch import YoloTorchDetector

    try:
        return YoloTorchDetector(path)
    except ImportError:
        raise SettingsError(
            f"The face model {path} needs the package ultralytics, which is not installed. "
            "Install the extra `gpu`, or export the model as ONNX and set FACE_MODEL to that.",
            ErrorCode.model_missing,
        ) from None
    except Unreadable:
        raise
    except Exception as error:  # unpickling breaks with whatever the file says
        raise _unusable(path, f"loading it fails with {type(error).__name__}") from error


def _from_onnx(path: Path) -> FaceDetector:
    try:
        session = open_network(path)
    except Exception as error:  # onnxruntime's own errors have no common base
        raise _unusable(path, f"it is no ONNX file ({type(error).__name__})") from error
    if {output.name for output in session.get_outputs()} >= OUTPUTS:
        return _yunet(path)
    try:
        return YoloOnnxDetector(session, f"yolo {path.name}")
    except Unreadable:
        raise
    except Exception as error:  # as above, when it is asked for the first time
        raise _unusable(path, f"it fails with {type(error).__name__}") from error


def _yunet(path: Path) -> FaceDetector:
    try:
        return YuNetDetector(path)
    except cv2.error as error:
        raise _unusable(path, "OpenCV can not load it as YuNet") from error


def _unusable(path: Path, why: str) -> SettingsError:
    return SettingsError(
        f"The face model {path} can not be used: {why}. {NEXT_STEP}", ErrorCode.model_unsupported
    )
