"""YOLO networks from ONNX files, run by onnxruntime; letterbox and suppression are our own."""

from ast import literal_eval
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cliply.media.faces.detector import FaceNetwork, FoundFace
from cliply.media.faces.letterbox import Letterbox, in_colour
from cliply.media.faces.yolo_output import Unreadable, faces_in, reading_of
from cliply.media.frames import Picture

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MIN_SCORE = 0.4

LONG_SIDE_PX = 640
"""Of the input, where the file leaves it open."""

STRIDE_PX = 32
"""Sides of an open input are multiples of this."""


class YoloOnnxDetector(FaceNetwork):
    """Any YOLO whose file has one picture as input and a known layout as its first output."""

    def __init__(self, session: "InferenceSession", name: str) -> None:
        """Raises Unreadable when input or output are not those of a YOLO for faces."""
        self.name = name
        self._session = session
        self._input = session.get_inputs()[0].name
        self._output = session.get_outputs()[0].name
        self._size = _size_of(session)
        answer, _ = self._asked(np.zeros((LONG_SIDE_PX, LONG_SIDE_PX, 3), np.uint8))
        # Exports of any size leave open even what never changes, so an answer tells the shape.
        self._reading = reading_of(answer.shape, _names(session))

    def detect(self, picture: Picture) -> list[FoundFace]:
        """Faces with scores from 0.4 to 1."""
        answer, box = self._asked(in_colour(picture))
        return faces_in(answer[0], self._reading, box, MIN_SCORE)

    def _asked(self, picture: Picture) -> tuple[NDArray[Any], Letterbox]:
        """The network's answer to a BGR picture, and where that was in its input."""
        height, width = picture.shape[:2]
        box = Letterbox.of((width, height), self._size or _open_size(width, height))
        rgb = cv2.cvtColor(box.put(picture), cv2.COLOR_BGR2RGB)
        planes = np.ascontiguousarray(rgb.transpose(2, 0, 1)[None], np.float32) / np.float32(255)
        (answer,) = self._session.run([self._output], {self._input: planes})
        return np.asarray(answer), box


def open_network(path: Path) -> "InferenceSession":
    """The network in an ONNX file, on the GPU where onnxruntime has one.

    One thread: the decoder beside it needs the cores. Raises what onnxruntime raises, which
    has no base of its own.
    """
    from onnxruntime import InferenceSession, SessionOptions, get_available_providers

    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    there = [one for one in wanted if one in get_available_providers()]
    return InferenceSession(str(path), options, providers=there)


def _size_of(session: "InferenceSession") -> tuple[int, int] | None:
    """Width and height of the input; None where they are open."""
    if len(session.get_inputs()) != 1:
        raise Unreadable(f"it has {len(session.get_inputs())} inputs instead of 1")
    shape = session.get_inputs()[0].shape
    if len(shape) != 4 or shape[1] != 3 or session.get_inputs()[0].type != "tensor(float)":
        raise Unreadable("its input is no colour picture [1, 3, height, width] of floats")
    height, width = shape[2], shape[3]
    return (width, height) if isinstance(height, int) and isinstance(width, int) else None


def _names(session: "InferenceSession") -> dict[int, str]:
    """The classes that the file names; none when it does not."""
    names = session.get_modelmeta().custom_metadata_map.get("names", "")
    try:
        known = literal_eval(names) if names else {}
    except (SyntaxError, ValueError):
        known = {}
    return {int(number): str(name) for number, name in dict(known).items()}


def _open_size(width: int, height: int) -> tuple[int, int]:
    scale = LONG_SIDE_PX / max(width, height)
    across, down = (
        max(STRIDE_PX, -(-round(side * scale) // STRIDE_PX) * STRIDE_PX) for side in (width, height)
    )
    return across, down
