"""What every face detector promises."""

from typing import Protocol

from cliply.domain.faces import Box
from cliply.media.frames import Picture

FoundFace = tuple[Box, float]
"""Where, and the detector's own score."""

SAME_FACE = 0.3
"""Overlap (intersection over union) above which two finds are one face."""


class FaceDetector(Protocol):
    """Finds faces in one picture at a time."""

    @property
    def name(self) -> str:
        """Model and what distinguishes it, for the record."""
        ...

    def detect(self, picture: Picture) -> list[FoundFace]:
        """Faces in an upright uint8 picture, surest first; boxes as fractions of it.

        The picture is grey [height, width]; a `FaceNetwork` also takes BGR [height, width, 3].
        """
        ...


class FaceNetwork:
    """Base of detectors that were trained on colours and find small faces at once.

    They take the whole picture at one cost, however large its faces are, so it is never
    searched in parts.
    """


def distinct(faces: list[FoundFace]) -> list[FoundFace]:
    """The faces without those that cover a surer one, surest first."""
    kept: list[FoundFace] = []
    for box, score in sorted(faces, key=lambda face: -face[1]):
        if all(box.intersection_over_union(other) < SAME_FACE for other, _ in kept):
            kept.append((box, score))
    return kept
