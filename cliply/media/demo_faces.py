"""Draws the speakers of the demo talk: shaded busts that a face detector takes for faces."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

BUST = (560, 640)
"""Width and height in pixels of a drawn bust."""

FACE = (150, 160, 260, 280)
"""x, y, width and height of the face inside a bust, from forehead to chin."""

MOUTHS = 4
"""Number of mouth positions, from closed to wide open."""

Colour = tuple[int, int, int]
"""Red, green, blue."""


@dataclass(frozen=True)
class Look:
    """What a speaker looks like."""

    skin: Colour
    hair: Colour
    jacket: Colour
    iris: Colour
    long_hair: bool


@dataclass(frozen=True)
class Bust:
    """A drawn speaker: uint8 RGB `[640, 560, 3]` and its coverage `[640, 560]`, 0…255."""

    colour: np.ndarray
    coverage: np.ndarray


@lru_cache(maxsize=32)
def draw_bust(look: Look, mouth: int, *, blink: bool = False) -> Bust:
    """Head and shoulders from the front; `mouth` is 0 (closed) … `MOUTHS` - 1."""
    paint = _still_parts(look).copy()
    for side in (-1, 1):
        _draw_eye(paint, look, side, blink)
    _draw_mouth(paint, look, mouth)
    return paint.bust()


class _Paint:
    """A transparent picture that soft-edged shapes are laid on."""

    def __init__(self) -> None:
        width, height = BUST
        self._colour: np.ndarray = np.zeros((height, width, 3), np.float32)
        self._coverage: np.ndarray = np.zeros((height, width, 1), np.float32)

    def ellipse(
        self,
        centre: tuple[int, int],
        axes: tuple[int, int],
        colour: Colour,
        *,
        soft: float = 2,
        opacity: float = 1.0,
        arc: tuple[int, int] = (0, 360),
    ) -> None:
        mask = self._blank()
        cv2.ellipse(mask, centre, axes, 0, *arc, 255, -1, cv2.LINE_AA)
        self._lay(mask, colour, soft, opacity)

    def polygon(self, points: list[tuple[int, int]], colour: Colour, *, soft: float = 2) -> None:
        mask = self._blank()
        cv2.fillPoly(mask, [np.array(points, np.int32)], 255, cv2.LINE_AA)
        self._lay(mask, colour, soft, 1.0)

    def curve(
        self,
        centre: tuple[int, int],
        axes: tuple[int, int],
        arc: tuple[int, int],
        colour: Colour,
        width: int,
        opacity: float = 1.0,
    ) -> None:
        mask = self._blank()
        cv2.ellipse(mask, centre, axes, 0, *arc, 255, width, cv2.LINE_AA)
        self._lay(mask, colour, 1.2, opacity)

    def copy(self) -> "_Paint":
        other = _Paint()
        other._colour = self._colour.copy()
        other._coverage = self._coverage.copy()
        return other

    def bust(self) -> Bust:
        coverage = (self._coverage[..., 0] * 255).round().astype(np.uint8)
        return Bust(self._colour.round().astype(np.uint8), coverage)

    def _blank(self) -> np.ndarray:
        return np.zeros(self._coverage.shape[:2], np.uint8)

    def _lay(self, mask: np.ndarray, colour: Colour, soft: float, opacity: float) -> None:
        x, y, width, height = cv2.boundingRect(mask)
        reach = round(4 * soft)
        part = (
            slice(max(0, y - reach), y + height + reach),
            slice(max(0, x - reach), x + width + reach),
        )
        blurred = cv2.GaussianBlur(mask[part], (0, 0), soft).astype(np.float32)
        alpha = (blurred * (opacity / 255))[..., None]
        below = self._coverage[part] * (1 - alpha)
        self._coverage[part] = alpha + below
        mixed = np.array(colour, np.float32) * alpha + self._colour[part] * below
        self._colour[part] = mixed / np.maximum(self._coverage[part], 1e-6)


@lru_cache(maxsize=4)
def _still_parts(look: Look) -> _Paint:
    """All that neither blinks nor speaks."""
    paint = _Paint()
    if look.long_hair:
        paint.ellipse((280, 300), (176, 230), look.hair, soft=5)
    _draw_body(paint, look)
    paint.ellipse((280, 235), (150, 165), look.hair, soft=3)
    _draw_head(paint, look)
    _draw_fringe(paint, look)
    _draw_nose(paint, look)
    return paint


def _draw_body(paint: _Paint, look: Look) -> None:
    paint.polygon([(235, 380), (325, 380), (340, 520), (220, 520)], _shade(look.skin, 0.72))
    paint.ellipse((280, 640), (250, 165), look.jacket, soft=3)
    paint.polygon([(232, 478), (328, 478), (280, 600)], (236, 236, 232))
    paint.polygon([(238, 470), (322, 470), (280, 540)], _shade(look.skin, 0.8))
    paint.curve((280, 640), (248, 163), (200, 340), _shade(look.jacket, 0.7), 5)


def _draw_head(paint: _Paint, look: Look) -> None:
    for side in (-1, 1):
        paint.ellipse((280 + 134 * side, 270), (20, 38), _shade(look.skin, 0.78))
    paint.ellipse((280, 265), (130, 165), _shade(look.skin, 0.74), soft=3)
    paint.ellipse((280, 262), (116, 150), look.skin, soft=16)
    paint.ellipse((280, 185), (80, 40), _shade(look.skin, 1.1), soft=20, opacity=0.8)
    for side in (-1, 1):
        paint.ellipse((280 + 68 * side, 315), (34, 30), _shade(look.skin, 1.08), soft=14)
    paint.ellipse((280, 400), (40, 16), _shade(look.skin, 1.06), soft=10, opacity=0.8)


def _draw_eye(paint: _Paint, look: Look, side: int, blink: bool) -> None:
    x, y = 280 + 56 * side, 248
    paint.ellipse((x, y - 4), (42, 26), _shade(look.skin, 0.62), soft=9, opacity=0.75)
    if blink:
        paint.curve((x, y - 2), (27, 10), (10, 170), _shade(look.skin, 0.35), 5)
    else:
        paint.ellipse((x, y), (28, 13), (240, 238, 232), soft=1.5)
        paint.ellipse((x, y), (13, 13), look.iris, soft=1.2)
        paint.ellipse((x, y), (6, 6), (12, 12, 14), soft=1)
        paint.ellipse((x + 4, y - 5), (3, 3), (255, 255, 255), soft=0.8)
        paint.curve((x, y + 2), (30, 17), (195, 345), _shade(look.skin, 0.25), 6)
        paint.curve((x, y - 2), (28, 15), (20, 160), _shade(look.skin, 0.55), 2)
    paint.curve((x, y - 12), (42, 26), (205, 335), _shade(look.hair, 0.8), 10)


def _draw_nose(paint: _Paint, look: Look) -> None:
    paint.ellipse((280, 278), (9, 46), _shade(look.skin, 1.12), soft=6)
    for side in (-1, 1):
        paint.ellipse((280 + 22 * side, 282), (7, 44), _shade(look.skin, 0.8), soft=7, opacity=0.7)
        paint.ellipse((280 + 15 * side, 328), (8, 5), _shade(look.skin, 0.38), soft=2.5)
    paint.ellipse((280, 318), (16, 12), _shade(look.skin, 1.1), soft=5)
    paint.ellipse((280, 340), (26, 7), _shade(look.skin, 0.68), soft=5, opacity=0.8)


def _draw_mouth(paint: _Paint, look: Look, mouth: int) -> None:
    opening = (2, 8, 15, 23)[mouth]
    lip = _mixed(look.skin, (150, 40, 50), 0.55)
    paint.ellipse((280, 372 + opening), (46, 13 + opening), _shade(look.skin, 0.8), soft=7)
    paint.ellipse((280, 370 + opening // 2), (46 - mouth * 2, 10 + opening), lip, soft=2)
    paint.ellipse((280, 370 + opening // 2), (38 - mouth * 2, opening), (52, 16, 20), soft=1.5)
    if mouth >= 2:
        paint.ellipse((280, 364), (28, 5), (242, 240, 234), soft=1.5)
    paint.ellipse((280, 378 + opening * 2), (26, 4), _shade(lip, 1.25), soft=3, opacity=0.7)


def _draw_fringe(paint: _Paint, look: Look) -> None:
    paint.ellipse((280, 205), (141, 126), look.hair, soft=3, arc=(180, 360))
    paint.ellipse((270, 242), (108, 84), look.skin, soft=7)
    for shift in (-50, 10, 60):
        paint.curve((280 + shift, 190), (80, 92), (225, 290), _shade(look.hair, 1.4), 4, 0.5)
    if look.long_hair:
        for side in (-1, 1):
            paint.ellipse((280 + 142 * side, 310), (26, 130), look.hair, soft=4)


def _shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, round(part * factor)) for part in colour)
    return red, green, blue


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
