"""Drawn people who stand in a picture, and where their faces are."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cliply.domain.faces import Box
from cliply.media.demo_faces import BUST, FACE, MOUTHS, Look, draw_bust
from cliply.media.demo_stage import LOOKS

Picture = NDArray[np.uint8]
"""Red, green and blue, height × width × 3."""

MARA, THEO = LOOKS
IDA = Look((238, 200, 172), (150, 88, 40), (88, 60, 120), (70, 110, 130), long_hair=True)

SYLLABLE_FRAMES = 7
"""A mouth opens and closes in this time."""


class Standing(NamedTuple):
    """A person at a place: left edge and foot in pixels, and how large."""

    look: Look
    left: int
    foot: int
    scale: float

    @property
    def size_px(self) -> tuple[int, int]:
        return round(BUST[0] * self.scale), round(BUST[1] * self.scale)

    def face(self, size_px: tuple[int, int]) -> Box:
        """As fractions of a picture of that size."""
        x, y, width, height = (part * self.scale for part in FACE)
        top = self.foot - self.size_px[1]
        return Box(
            x=(self.left + x) / size_px[0],
            y=(top + y) / size_px[1],
            width=width / size_px[0],
            height=height / size_px[1],
        )

    def stand_in(self, picture: Picture, frame: int) -> None:
        """Draw them as they look at a frame, talking."""
        width, height = self.size_px
        bust = draw_bust(self.look, mouth_at(frame))
        colour = cv2.resize(bust.colour, (width, height), interpolation=cv2.INTER_AREA)
        coverage = cv2.resize(bust.coverage, (width, height), interpolation=cv2.INTER_AREA)
        part = picture[self.foot - height : self.foot, self.left : self.left + width]
        share = coverage[..., None].astype(np.float32) / 255
        part[:] = (part + (colour.astype(np.float32) - part) * share).round().astype(np.uint8)


def mouth_at(frame: int) -> int:
    """Closed, half open, open, half open, and so on."""
    phase = frame % SYLLABLE_FRAMES / SYLLABLE_FRAMES
    return round((MOUTHS - 1) * (1 - abs(2 * phase - 1)))
