"""The drawn scenes that contact sheets are made from; all faces in them are known."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from showcase.people import IDA, MARA, THEO, Picture, Standing

SIZE_PX = (1920, 1080)

Backdrop = Callable[[int], Picture]
"""Draws what is behind the people at a frame."""

CAMERA = (64, 64, 480, 270)
"""Left, top, width and height of the camera picture in a game."""

WEBCAM = (1392, 762, 480, 270)
"""… and beside a shared screen."""

GREEN = (0, 177, 64)


@dataclass(frozen=True)
class Scene:
    """What a camera sees, without end."""

    backdrop: Backdrop
    people: tuple[Standing, ...] = ()
    motion: float = 4.0
    """Mean difference of neighbouring frames, as a scan measures it."""

    def draw(self, frame: int) -> Picture:
        picture = self.backdrop(frame).copy()
        for person in self.people:
            person.stand_in(picture, frame)
        return picture


def _wall(light: tuple[int, int, int], dark: tuple[int, int, int], shelf_left: int) -> Backdrop:
    @lru_cache(maxsize=1)
    def draw() -> Picture:
        across, down = np.meshgrid(np.linspace(-1, 1, SIZE_PX[0]), np.linspace(-1, 1, SIZE_PX[1]))
        glow = np.exp(-((across - 0.1) ** 2 + (down + 0.4) ** 2))[..., None]
        picture = (np.array(dark) + (np.array(light) - dark) * glow).astype(np.uint8)
        cv2.rectangle(picture, (shelf_left, 440), (shelf_left + 380, 466), (112, 84, 60), -1)
        books = ((170, (168, 70, 58)), (140, (60, 96, 132)), (190, (206, 168, 82)))
        for place, (height, colour) in enumerate(books):
            left = shelf_left + 30 + 70 * place
            cv2.rectangle(picture, (left, 440 - height), (left + 52, 440), colour, -1)
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), 6), np.uint8)

    return lambda _frame: draw()


@lru_cache(maxsize=1)
def _desktop() -> Picture:
    """A window with a heading, a chart and a list."""
    picture = Image.new("RGB", SIZE_PX, (214, 222, 232))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((40, 40, 1880, 1040), 18, fill=(255, 255, 255))
    pen.rounded_rectangle((40, 40, 1880, 110), 18, fill=(38, 50, 68))
    for place, colour in enumerate(((236, 106, 94), (244, 191, 79), (97, 197, 84))):
        pen.ellipse((70 + 40 * place, 62, 96 + 40 * place, 88), fill=colour)
    pen.text((110, 150), "Views per week", (30, 41, 59), ImageFont.load_default(64))
    for place, height in enumerate((160, 210, 190, 300, 340, 320, 450)):
        left = 130 + 170 * place
        pen.rectangle((left, 940 - height, left + 110, 940), fill=(37, 99, 235))
        pen.text((left + 30, 955), f"W{place + 1}", (71, 85, 105), ImageFont.load_default(40))
    for place, line in enumerate(("Hooks: +18 %", "Captions: +31 %", "Length: 34 s")):
        pen.text((1370, 260 + 110 * place), line, (30, 41, 59), ImageFont.load_default(56))
    return np.asarray(picture)


def _screen(_frame: int) -> Picture:
    picture = _desktop().copy()
    _frame_camera(picture, WEBCAM)
    return picture


def _game(frame: int) -> Picture:
    """A road race at full speed, with the driver's camera picture in a corner."""
    width, height = SIZE_PX
    picture = np.empty((height, width, 3), np.uint8)
    picture[:520] = (118, 190, 240)
    picture[520:] = (72, 148, 74)
    for number in range(14):
        left = (number * 290 - 9 * frame) % 4060 - 300
        cv2.ellipse(picture, (left, 540), (220, 150), 0, 180, 360, (52, 116, 66), -1)
    road = np.array([(880, 520), (1040, 520), (1820, 1080), (100, 1080)], np.int32)
    cv2.fillPoly(picture, [road], (70, 72, 80))
    for number in range(10):
        near = ((number + frame / 5) % 10 / 10) ** 2
        top, size = 520 + round(560 * near), 3 + round(34 * near)
        cv2.rectangle(picture, (960 - size, top), (960 + size, top + 3 * size), (250, 250, 250), -1)
    _draw_car(picture, 960 + round(90 * np.sin(frame / 12)))
    for text, left in (("LAP 2/3", 1460), ("184 km/h", 1460)):
        top = 110 if text.startswith("LAP") else 190
        cv2.putText(picture, text, (left, top), cv2.FONT_HERSHEY_DUPLEX, 2.2, (255, 255, 255), 5)
    _frame_camera(picture, CAMERA)
    return picture


def _draw_car(picture: Picture, middle: int) -> None:
    cv2.rectangle(picture, (middle - 170, 840), (middle + 170, 960), (204, 40, 40), -1)
    cv2.rectangle(picture, (middle - 120, 760), (middle + 120, 850), (150, 26, 26), -1)
    cv2.rectangle(picture, (middle - 100, 775), (middle + 100, 835), (190, 220, 240), -1)
    for side in (-1, 1):
        cv2.rectangle(
            picture,
            (middle + side * 150 - 36, 940),
            (middle + side * 150 + 36, 1010),
            (24,) * 3,
            -1,
        )


def _frame_camera(picture: Picture, place: tuple[int, int, int, int]) -> None:
    """An empty camera picture with a border."""
    left, top, width, height = place
    cv2.rectangle(
        picture, (left - 6, top - 6), (left + width + 6, top + height + 6), (255, 255, 255), -1
    )
    shade = np.linspace(150, 96, height).astype(np.uint8)[:, None, None]
    picture[top : top + height, left : left + width] = shade * np.array((1.0, 0.92, 1.1)) / 1.1


def _green(_frame: int) -> Picture:
    """A cloth that is lit unevenly."""
    across = np.linspace(-1, 1, SIZE_PX[0])[None, :, None]
    light = 1 - 0.1 * across**2
    return np.broadcast_to(np.array(GREEN) * light, (SIZE_PX[1], SIZE_PX[0], 3)).astype(np.uint8)


def _hills(frame: int) -> Picture:
    """Evening in the hills, from a train."""
    width, height = SIZE_PX
    down = np.linspace(0, 1, height)[:, None, None]
    sky = np.array((70, 60, 130)) + (np.array((255, 170, 110)) - (70, 60, 130)) * down
    picture = np.tile(sky.astype(np.uint8), (1, width, 1))
    cv2.circle(picture, (960, 560), 130, (255, 226, 150), -1, cv2.LINE_AA)
    across = np.arange(width)
    for number, colour in enumerate(((112, 82, 130), (74, 60, 104), (40, 38, 70))):
        wave = np.sin((across + frame * 4 * (number + 1)) / (260 - 50 * number) + number)
        top = (600 + 130 * number + 70 * wave).astype(np.int32)
        edge = np.stack([across, top], axis=1)
        hill = np.concatenate([edge, [(width, height), (0, height)]]).astype(np.int32)
        cv2.fillPoly(picture, [hill], colour)
    return picture


def _in_camera(place: tuple[int, int, int, int]) -> Standing:
    left, top, width, height = place
    return Standing(MARA, left + width // 2 - 112, top + height, 0.4)


BLUE_WALL = _wall((206, 214, 222), (150, 164, 178), 1350)
WARM_WALL = _wall((222, 212, 196), (178, 158, 134), 90)

MARA_TALKS = Scene(BLUE_WALL, (Standing(MARA, 470, 1080, 1.25),))
THEO_TALKS = Scene(WARM_WALL, (Standing(THEO, 790, 1080, 1.25),))
PAIR = Scene(BLUE_WALL, (Standing(MARA, 120, 1080, 1.15), Standing(THEO, 1150, 1080, 1.15)))
THREE = Scene(
    WARM_WALL,
    (
        Standing(THEO, 30, 1080, 1.0),
        Standing(IDA, 680, 1080, 1.0),
        Standing(MARA, 1330, 1080, 1.0),
    ),
)
SCREEN = Scene(_screen, (_in_camera(WEBCAM),), motion=0.4)
GAME = Scene(_game, (_in_camera(CAMERA),), motion=9.0)
GREEN_SCREEN = Scene(_green, (Standing(IDA, 540, 1080, 1.35),))
HILLS = Scene(_hills)
