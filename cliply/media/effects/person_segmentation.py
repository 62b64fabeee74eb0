"""People found by a segmentation network that ultralytics runs (extra `gpu`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from cliply.errors import ErrorCode, InvalidInput, SettingsError
from cliply.media.effects.person_mask import PersonSegmenter
from cliply.media.frames import Picture
from cliply.media.ultralytics_package import load_ultralytics

PERSON = 0
"""The class of people in COCO, which these networks are trained on."""

LEAST_CONFIDENCE = 0.35

PICKLED = (b"PK\x03\x04", b"\x80")
"""How PyTorch weights begin. To load them is to run what their author wrote in them."""


@contextmanager
def yolo_segmenter(weights: Path) -> Iterator[PersonSegmenter]:
    """A segmenter from an ONNX file with the output of a YOLO segmentation network.

    Nothing is downloaded or installed. Raises SettingsError without the package, and
    InvalidInput when the file is not such a network.
    """
    _check(weights)
    network = _network_class()
    with TemporaryDirectory(prefix="weights-") as folder:
        named = Path(folder) / "person-seg.onnx"  # the package goes by the suffix
        named.symlink_to(weights.absolute())
        yield _Yolo(network(str(named), task="segment"), weights.name)


def _check(weights: Path) -> None:
    with weights.open("rb") as file:
        head = file.read(4)
    if head.startswith(PICKLED) or not head:
        raise _unsuitable(weights.name, "it is no ONNX file")


def _unsuitable(name: str, why: str) -> InvalidInput:
    return InvalidInput(
        ErrorCode.model_unsupported,
        f"green_screen.model: {name} can not be used, {why}. Export a YOLO segmentation network "
        "as ONNX and attach that.",
    )


def _network_class() -> Any:
    """Imported here: it is large, and only in the extra `gpu`."""
    try:
        return load_ultralytics().YOLO
    except ImportError as error:
        raise SettingsError(
            "Keying by person needs the package ultralytics, which is not installed. Install "
            "the extra `gpu`, or use keying chroma.",
            ErrorCode.model_missing,
        ) from error


class _Yolo:
    def __init__(self, network: Any, name: str) -> None:
        self._network = network
        self._name = name

    def mask(self, picture: Picture) -> Picture:
        """All people in the picture as one mask."""
        try:
            found = self._network.predict(
                np.ascontiguousarray(picture[..., ::-1]),  # it takes BGR
                classes=[PERSON],
                conf=LEAST_CONFIDENCE,
                retina_masks=True,  # in the picture's own size
                verbose=False,
            )[0].masks
            people = [] if found is None else list(found.data.cpu().numpy())
            there = np.any([np.zeros(picture.shape[:2], bool), *(one > 0.5 for one in people)], 0)
        except Exception as error:  # whatever a foreign network breaks with
            raise _unsuitable(self._name, f"it fails with {type(error).__name__}") from error
        return np.where(there, np.uint8(255), np.uint8(0))
