"""Puts the drawn speakers on a stage: wide shot, close-ups and slides of the demo talk."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cliply.domain.faces import Box
from cliply.media.demo_faces import BUST, FACE, Look, draw_bust

SIZE = (1280, 720)
"""Width and height of the demo talk in pixels."""

LOOKS = (
    Look((226, 178, 148), (74, 44, 28), (40, 84, 120), (60, 90, 60), long_hair=True),
    Look((178, 126, 94), (30, 26, 26), (150, 60, 44), (60, 36, 24), long_hair=False),
)
"""The speakers: the first sits on the left, the second on the right."""

_WALLS = (((206, 214, 222), (150, 164, 178)), ((222, 212, 196), (178, 158, 134)))


class ShotKind(StrEnum):
    """What the camera shows."""

    wide = "wide"
    """Both speakers."""
    first = "first"
    """The first speaker alone, a little left of the middle."""
    second = "second"
    """The second speaker alone, a little right of the middle."""
    slide = "slide"
    """Words and no face."""


@dataclass(frozen=True)
class Place:
    """Where a bust stands: its speaker, left edge in pixels and scale; it touches the floor."""

    speaker: int
    x: int
    scale: float

    @property
    def size(self) -> tuple[int, int]:
        return round(BUST[0] * self.scale), round(BUST[1] * self.scale)

    @property
    def face(self) -> Box:
        """The face as fractions of the picture, without the speaker's slight sway."""
        x, y, width, height = (part * self.scale for part in FACE)
        return Box(
            x=(self.x + x) / SIZE[0],
            y=(SIZE[1] - self.size[1] + y) / SIZE[1],
            width=width / SIZE[0],
            height=height / SIZE[1],
        )


PLACES = {
    ShotKind.wide: (Place(0, 90, 0.82), Place(1, 730, 0.82)),
    ShotKind.first: (Place(0, 220, 1.06),),
    ShotKind.second: (Place(1, 480, 1.06),),
    ShotKind.slide: (),
}
"""Who stands where in each kind of shot."""


@dataclass(frozen=True)
class Pose:
    """How a speaker holds still for one frame."""

    mouth: int
    blink: bool
    sway_px: int


def draw_frame(kind: ShotKind, poses: tuple[Pose, Pose], slide: tuple[str, ...]) -> np.ndarray:
    """One RGB frame `[720, 1280, 3]`; `slide` is a heading and its lines."""
    if kind is ShotKind.slide:
        return _slide(slide)
    picture = _background(kind).copy()
    for place in PLACES[kind]:
        pose = poses[place.speaker]
        x = place.x + pose.sway_px
        width, height = place.size
        picture[SIZE[1] - height :, x : x + width] = _standing(kind, place, pose)
    return picture


@lru_cache(maxsize=96)
def _standing(kind: ShotKind, place: Place, pose: Pose) -> np.ndarray:
    """The part of the picture that a speaker covers, background included."""
    bust = draw_bust(LOOKS[place.speaker], pose.mouth, blink=pose.blink)
    colour = cv2.resize(bust.colour, place.size, interpolation=cv2.INTER_AREA).astype(np.float32)
    coverage = cv2.resize(bust.coverage, place.size, interpolation=cv2.INTER_AREA)[..., None] / 255
    x, (width, height) = place.x + pose.sway_px, place.size
    behind = _background(kind)[SIZE[1] - height :, x : x + width].astype(np.float32)
    return np.asarray((behind + (colour - behind) * coverage).round().astype(np.uint8))


@lru_cache(maxsize=8)
def _background(kind: ShotKind) -> np.ndarray:
    """A wall with a lamp's glow, and a shelf or a window, out of focus."""
    width, height = SIZE
    light, dark = _WALLS[kind is ShotKind.second]
    across = np.linspace(-1, 1, width)[None, :]
    down = np.linspace(-1, 1, height)[:, None]
    glow = np.exp(-((across - 0.1) ** 2 + (down + 0.4) ** 2))[..., None]
    wall = np.array(dark) + (np.array(light, np.float64) - dark) * glow
    picture = wall.astype(np.uint8)
    _furnish(picture, kind)
    return cv2.GaussianBlur(picture, (0, 0), 4)


def _furnish(picture: np.ndarray, kind: ShotKind) -> None:
    shelf = {ShotKind.wide: 520, ShotKind.first: 900, ShotKind.second: 60}[kind]
    cv2.rectangle(picture, (shelf, 330), (shelf + 250, 348), (112, 84, 60), -1)
    for place, (height, colour) in enumerate(
        ((120, (168, 70, 58)), (96, (60, 96, 132)), (134, (206, 168, 82)), (104, (84, 120, 84)))
    ):
        left = shelf + 18 + 46 * place
        cv2.rectangle(picture, (left, 330 - height), (left + 34, 330), colour, -1)
    if kind is ShotKind.wide:
        cv2.rectangle(picture, (0, 650), SIZE, (120, 92, 68), -1)


@lru_cache(maxsize=8)
def _slide(text: tuple[str, ...]) -> np.ndarray:
    heading, *lines = text
    picture = Image.new("RGB", SIZE, (250, 244, 226))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 40, SIZE[1]), fill=(230, 160, 30))
    draw.text((120, 110), heading, (60, 44, 20), ImageFont.load_default(72))
    for place, line in enumerate(lines):
        top = 270 + 110 * place
        draw.regular_polygon((146, top + 30, 22), 6, fill=(230, 160, 30))
        draw.text((200, top), line, (74, 60, 40), ImageFont.load_default(48))
    return np.asarray(picture)
