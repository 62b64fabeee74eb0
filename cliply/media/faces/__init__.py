"""Finding faces in a picture: one protocol, one file for each detector."""

from cliply.media.faces.choice import make_detector
from cliply.media.faces.detector import FaceDetector, FaceNetwork, FoundFace, distinct
from cliply.media.faces.dlib_hog import DlibDetector
from cliply.media.faces.yunet import YuNetDetector, faces_of_rows

__all__ = [
    "DlibDetector",
    "FaceDetector",
    "FaceNetwork",
    "FoundFace",
    "YuNetDetector",
    "distinct",
    "faces_of_rows",
    "make_detector",
]
