"""YOLO networks from PyTorch files, run by ultralytics (extra `gpu`, AGPL)."""

from pathlib import Path

import numpy as np

from cliply.media.faces.detector import FaceNetwork, FoundFace
from cliply.media.faces.letterbox import Letterbox, in_colour
from cliply.media.faces.yolo_output import face_class
from cliply.media.frames import Picture
from cliply.media.ultralytics_package import load_ultralytics

MIN_SCORE = 0.4
LONG_SIDE_PX = 640


class YoloTorchDetector(FaceNetwork):
    """A YOLO that finds faces, on the GPU where there is one.

    To load such a file is to run what its author wrote in it: only files that the operator
    names are loaded, never a tenant's.
    """

    def __init__(self, path: Path) -> None:
        """Raises ImportError without the package, Unreadable when no class is a face, and
        whatever PyTorch raises at a file that it can not load."""
        self._network = load_ultralytics().YOLO(str(path), task="detect")
        names = {int(number): str(name) for number, name in self._network.names.items()}
        self._class = face_class(names, len(names))
        self._device = _device()
        self.name = f"yolo {path.name} on {self._device}"

    def detect(self, picture: Picture) -> list[FoundFace]:
        """Faces with scores from 0.4 to 1."""
        height, width = picture.shape[:2]
        (result,) = self._network.predict(
            np.ascontiguousarray(in_colour(picture)),
            classes=[self._class],
            conf=MIN_SCORE,
            imgsz=LONG_SIDE_PX,
            device=self._device,
            verbose=False,
            save=False,
        )
        whole = Letterbox.of((width, height), (width, height))
        edges, scores = result.boxes.xyxy.cpu().tolist(), result.boxes.conf.cpu().tolist()
        found = [
            (whole.box(*sides), float(score)) for sides, score in zip(edges, scores, strict=True)
        ]
        return sorted(found, key=lambda face: -face[1])


def _device() -> str:
    import torch

    return "cuda:0" if torch.cuda.is_available() else "cpu"
