"""Faces drawn simply enough to be made by a test and well enough to be found by a detector."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from tests.media.synthesis import Painter, Picture

SKIN = (205, 165, 140)
SHADE = (164, 132, 112)
DARK = (113, 91, 77)
HAIR = (60, 45, 35)
LIPS = (120, 50, 50)
FACE_SHAPE = (0.42, 0.58)
"""Half axes of the face as a share of its size."""


@dataclass(frozen=True)
class Head:
    """A drawn head: where its centre is (0…1), how large, and how its mouth moves."""

    x: float
    y: float = 0.5
    size: float = 0.5
    """Height of the head as a share of the picture's height."""
    mouth: Callable[[float], float] = lambda _time_s: 0.0
    """How far the mouth is open (0…1) at a time in seconds."""
    x_speed: float = 0.0
    """Picture widths per second."""


def talking(syllables_per_s: float = 4.3) -> Callable[[float], float]:
    """A mouth that opens and closes."""
    return lambda time_s: 0.5 - 0.5 * math.cos(2 * math.pi * syllables_per_s * time_s)


def heads(*people: Head, background: int = 90) -> Painter:
    """A shot of drawn people."""

    def paint(width: int, height: int, time_s: float) -> Picture:
        picture = np.full((height, width, 3), background, np.uint8)
        for head in people:
            centre = (round((head.x + head.x_speed * time_s) * width), round(head.y * height))
            draw_face(picture, centre, head.size * height, head.mouth(time_s))
        return picture

    return paint


def draw_face(
    picture: Picture, centre: tuple[int, int], size: float, mouth_open: float = 0.0
) -> None:
    """Draw a frontal face into an RGB picture; `size` is about its height in pixels."""
    x, y = centre
    _oval(picture, (x, y - 0.05 * size), (0.50 * size, 0.68 * size), HAIR)
    _oval(picture, centre, (FACE_SHAPE[0] * size, FACE_SHAPE[1] * size), SKIN)
    for side in (-1, 1):
        _draw_eye(picture, (x + side * 0.19 * size, y - 0.10 * size), size)
    nose = [(-0.02, -0.08), (0.02, -0.08), (0.07, 0.13), (-0.07, 0.13)]
    corners = np.array([(x + dx * size, y + dy * size) for dx, dy in nose])
    cv2.fillConvexPoly(picture, corners.round().astype(np.int32), SHADE, cv2.LINE_AA)
    _oval(picture, (x, y + 0.14 * size), (0.08 * size, 0.02 * size), DARK)
    _oval(picture, (x, y + 0.30 * size), (0.15 * size, (0.03 + 0.10 * mouth_open) * size), LIPS)


def _draw_eye(picture: Picture, centre: tuple[float, float], size: float) -> None:
    x, y = centre
    _oval(picture, centre, (0.13 * size, 0.085 * size), SHADE)
    _oval(picture, centre, (0.085 * size, 0.045 * size), (240, 240, 240))
    _oval(picture, centre, (0.04 * size, 0.04 * size), (30, 25, 20))
    _oval(picture, (x, y - 0.14 * size), (0.12 * size, 0.02 * size), HAIR)


def _oval(
    picture: Picture,
    centre: tuple[float, float],
    axes: tuple[float, float],
    colour: tuple[int, int, int],
) -> None:
    (x, y), (across, down) = centre, axes
    place, half = (round(x), round(y)), (max(1, round(across)), max(1, round(down)))
    cv2.ellipse(picture, place, half, 0, 0, 360, colour, -1, cv2.LINE_AA)
