"""The numbers that YOLO networks answer with, read as faces."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cliply.media.faces.detector import FoundFace, distinct
from cliply.media.faces.letterbox import Letterbox

MOST_CANDIDATES = 300
"""Boxes that are compared with each other; a crowd of a hundred has about this many."""

LEAST_SIDE_PX = 1.0

LANDMARKS = 5
"""Eyes, nose and corners of the mouth; each has two numbers, with its visibility three."""

MOST_CHOSEN = 1000
"""Rows of an end-to-end answer; other layouts have some thousands."""


class YoloForm(StrEnum):
    """How an answer is laid out."""

    grid = "grid"
    """[1, 4 + classes + landmarks, n] of v8 and v11: centre x, centre y, width, height, and a
    score for each class; overlapping boxes are still in it."""
    chosen = "chosen"
    """[1, n, 6 + landmarks] of end-to-end networks: left, top, right, bottom, score, class."""


class YoloReading(NamedTuple):
    """How to read the answers of one network."""

    form: YoloForm
    face_class: int


class Unreadable(Exception):
    """An answer without faces that can be told; says why."""


def reading_of(shape: tuple[int, ...], names: Mapping[int, str]) -> YoloReading:
    """How to read an answer of that shape, with the classes that the file names (or none).

    Raises Unreadable.
    """
    if len(shape) != 3:
        raise Unreadable(f"its output has {len(shape)} dimensions instead of 3")
    if _is_chosen(shape):
        return YoloReading(YoloForm.chosen, face_class(names, len(names) or 1))
    channels = shape[1]
    if channels < 5:
        raise Unreadable(f"its output of shape {_told(shape)} is no YOLO's")
    return YoloReading(YoloForm.grid, face_class(names, _classes(channels, names)))


def faces_in(
    answer: NDArray[Any], reading: YoloReading, box: Letterbox, min_score: float
) -> list[FoundFace]:
    """Faces of one picture, surest first, each once; `answer` is [channels, n] or [n, channels]."""
    rows = answer.T if reading.form is YoloForm.grid else answer
    scores = _scores(rows, reading)
    sure = np.flatnonzero(scores >= min_score)
    sure = sure[np.argsort(-scores[sure], kind="stable")][:MOST_CANDIDATES]
    return distinct(
        [
            (box.box(*edges), float(score))
            for edges, score in zip(_edges(rows[sure], reading), scores[sure], strict=True)
            if edges[2] - edges[0] >= LEAST_SIDE_PX and edges[3] - edges[1] >= LEAST_SIDE_PX
        ]
    )


def _is_chosen(shape: tuple[int, ...]) -> bool:
    """Six numbers a row, or those and five landmarks; not many rows."""
    rows, columns = shape[1], shape[2]
    return rows <= MOST_CHOSEN and columns in (6, 6 + LANDMARKS * 2, 6 + LANDMARKS * 3)


def _classes(channels: int, names: Mapping[int, str]) -> int:
    """Number of scores among the channels; the others are landmarks."""
    if names:
        return len(names)
    if channels not in (5, 5 + LANDMARKS * 2, 5 + LANDMARKS * 3):
        raise Unreadable(f"it tells {channels - 4} classes or landmarks and names none of them")
    return 1


def face_class(names: Mapping[int, str], classes: int) -> int:
    faces = [number for number, name in sorted(names.items()) if "face" in name.lower()]
    if faces:
        return faces[0]
    if classes == 1 and not names:
        return 0
    known = ", ".join(list(names.values())[:5])
    raise Unreadable(f"none of its {classes} classes is a face ({known})")


def _scores(rows: NDArray[Any], reading: YoloReading) -> NDArray[Any]:
    if reading.form is YoloForm.grid:
        return np.asarray(rows[:, 4 + reading.face_class])
    return np.where(rows[:, 5].round() == reading.face_class, rows[:, 4], 0.0)


def _edges(rows: NDArray[Any], reading: YoloReading) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom in pixels of the network's input."""
    sides = rows[:, :4].astype(float)
    if reading.form is YoloForm.grid:
        half = sides[:, 2:] / 2
        sides = np.hstack([sides[:, :2] - half, sides[:, :2] + half])
    return [(left, top, right, bottom) for left, top, right, bottom in sides.tolist()]


def _told(shape: tuple[int, ...]) -> str:
    return "[" + ", ".join(str(side) for side in shape) + "]"
