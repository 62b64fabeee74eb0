"""A picture put into the fixed size that a network takes, and its boxes brought back."""

from typing import NamedTuple

import cv2
import numpy as np

from cliply.domain.faces import Box
from cliply.media.frames import Picture

GREY = 114
"""The border that YOLO networks were trained with."""


class Letterbox(NamedTuple):
    """Where a picture lies in a network's input; all in pixels."""

    width: int
    height: int
    """Size of the input."""
    left: int
    top: int
    inner_width: int
    inner_height: int
    """Where the picture is in it, as large as it can be without changing its shape."""

    @classmethod
    def of(cls, picture: tuple[int, int], network: tuple[int, int]) -> "Letterbox":
        """Sizes are (width, height); the borders beside the picture are equal or one apart."""
        scale = min(network[0] / picture[0], network[1] / picture[1])
        inner = [max(1, round(side * scale)) for side in picture]
        left, top = ((whole - part) // 2 for whole, part in zip(network, inner, strict=True))
        return cls(network[0], network[1], left, top, inner[0], inner[1])

    def put(self, picture: Picture) -> Picture:
        """A BGR picture with its border, as uint8 [height, width, 3]."""
        filled = np.full((self.height, self.width, 3), GREY, np.uint8)
        size = self.inner_width, self.inner_height
        rows = slice(self.top, self.top + self.inner_height)
        columns = slice(self.left, self.left + self.inner_width)
        filled[rows, columns] = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
        return filled

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Edges in pixels of the input as fractions of the picture."""
        return Box(
            x=(left - self.left) / self.inner_width,
            y=(top - self.top) / self.inner_height,
            width=(right - left) / self.inner_width,
            height=(bottom - top) / self.inner_height,
        )


def in_colour(picture: Picture) -> Picture:
    """BGR [height, width, 3], also of a grey picture."""
    if picture.ndim == 3:
        return picture
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
