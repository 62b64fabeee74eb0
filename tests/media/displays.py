"""Drawn screens and game displays whose kind is known."""

from collections.abc import Iterator

import cv2
import numpy as np

from tests.media.synthesis import Picture

FONT = cv2.FONT_HERSHEY_SIMPLEX
WORDS = [
    "window",
    "value",
    "signal",
    "index",
    "memory",
    "result",
    "latency",
    "number",
    "table",
    "query",
    "holds",
    "reads",
]
CODE_COLOURS = ((220, 220, 220), (120, 200, 140), (220, 160, 90), (110, 170, 240))
SIZE = (1280, 720)


def slide(rng: np.random.Generator) -> Picture:
    """A headline, some lines with bullets, at times a chart; BGR like all of these."""
    is_dark = rng.random() < 0.4
    ground = rng.integers(0, 60, 3) if is_dark else rng.integers(215, 256, 3)
    ink = (235, 235, 235) if is_dark else (30, 30, 30)
    picture = _filled(ground)
    _write(picture, _line(rng, 3), (80, 80), 1.6, ink, 3)
    for row in range(int(rng.integers(2, 6))):
        cv2.circle(picture, (95, 195 + 80 * row), 7, ink, -1)
        _write(picture, _line(rng, 4), (125, 205 + 80 * row), 1.1, ink, 2)
    if rng.random() < 0.5:
        for bar in range(6):
            top = 640 - int(rng.integers(60, 300))
            colour = tuple(int(level) for level in rng.integers(0, 255, 3))
            cv2.rectangle(picture, (760 + 75 * bar, top), (810 + 75 * bar, 640), colour, -1)
    return picture


def code(rng: np.random.Generator) -> Picture:
    """Lines of an editor on a dark ground."""
    picture = _filled(rng.integers(15, 45, 1).repeat(3))
    for y in range(40, SIZE[1], 26):
        x = 60 + 28 * int(rng.integers(0, 4))
        for _ in range(int(rng.integers(0, 7))):
            word = _line(rng, 1)
            _write(picture, word, (x, y), 0.6, CODE_COLOURS[rng.integers(4)], 1)
            x += 13 * len(word) + 12
    return picture


def sheet(rng: np.random.Generator) -> Picture:
    """Numbers between grey lines on white."""
    picture = _filled(np.full(3, 255))
    cv2.rectangle(picture, (0, 0), (SIZE[0], 70), (90, 140, 40), -1)
    for y in range(70, SIZE[1], 28):
        cv2.line(picture, (0, y), (SIZE[0], y), (210, 210, 210), 1)
        for x in range(10, SIZE[0], 120):
            if rng.random() < 0.6:
                _write(picture, str(rng.integers(99_999)), (x, y + 21), 0.5, (40, 40, 40), 1)
    return picture


SCREENS = {"slide": slide, "code": code, "sheet": sheet}


def camera_picture(rng: np.random.Generator) -> Picture:
    """Clouds with outlines of things in and out of focus, and grain."""
    small = (SIZE[1] // 2, SIZE[0] // 2)
    clouds = sum(
        0.62**octave * cv2.resize(rng.standard_normal((2 << octave, 2 << octave, 3)), small[::-1])
        for octave in range(7)
    )
    picture = rng.uniform(60, 180) + 30 * clouds
    for _ in range(5):
        outline = np.zeros(small, np.uint8)
        place = tuple(int(rng.integers(0, side)) for side in small[::-1])
        axes = tuple(int(rng.integers(30, 160)) for _ in range(2))
        cv2.ellipse(outline, place, axes, rng.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA)
        soft = cv2.GaussianBlur(outline, (0, 0), rng.uniform(0.6, 3))[:, :, None] / 255
        picture = (1 - soft) * picture + soft * (rng.uniform(20, 230, 3) + 15 * clouds[::-1])
    grown = cv2.resize(picture, SIZE) + rng.standard_normal((SIZE[1], SIZE[0], 3)) * 3
    return np.clip(grown, 0, 255).astype(np.uint8)


def compressed(picture: Picture, quality: int) -> Picture:
    """As after a JPEG of this quality."""
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)


def grey_640(picture: Picture) -> Picture:
    """As the scan sees it."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    factor = 640 / max(grey.shape)
    size = round(grey.shape[1] * factor), round(grey.shape[0] * factor)
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def game(
    seed: int, samples: int, *, display: bool, camera_moves: bool = True
) -> Iterator[tuple[int, Picture]]:
    """Two grey pictures a second of a world that passes by, with a display over it or not."""
    rng = np.random.default_rng(seed)
    world = _world(rng)
    for sample in range(samples):
        shift = 130 * sample if camera_moves else 0
        picture = np.roll(world, -shift, axis=1)[:, :640].copy()
        if not camera_moves:  # somebody walks through the picture
            left = 60 + 20 * sample % 400
            picture[120:330, left : left + 70] = 220
        if display:
            _draw_display(picture, health=150 - 2 * sample)
        yield 500 * sample, picture


def _world(rng: np.random.Generator) -> Picture:
    """A strip of 2560x360 with houses, posts and clouds."""
    strip = 120 + 60 * cv2.resize(rng.standard_normal((9, 60)), (2560, 360))
    for _ in range(60):
        left, top = int(rng.integers(0, 2500)), int(rng.integers(60, 330))
        right, bottom = left + int(rng.integers(8, 90)), top + int(rng.integers(20, 200))
        cv2.rectangle(strip, (left, top), (right, bottom), rng.uniform(10, 240), -1)
    return np.clip(cv2.GaussianBlur(strip, (0, 0), 0.8), 0, 255).astype(np.uint8)


def _draw_display(picture: Picture, health: int) -> None:
    cv2.rectangle(picture, (14, 14), (180, 34), 255, 2)
    cv2.rectangle(picture, (18, 18), (18 + max(0, health), 30), 200, -1)
    cv2.rectangle(picture, (520, 12), (626, 118), 255, 2)
    cv2.circle(picture, (573, 65), 34, 0, 2)
    for slot in range(6):
        cv2.rectangle(picture, (200 + 42 * slot, 318), (238 + 42 * slot, 350), 255, 2)
    cv2.putText(picture, "AMMO 30/90", (500, 340), FONT, 0.6, 255, 2, cv2.LINE_AA)


def _filled(colour: np.ndarray) -> Picture:
    return np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)


def _line(rng: np.random.Generator, words: int) -> str:
    return " ".join(rng.choice(WORDS, words))


def _write(
    picture: Picture, text: str, at: tuple[int, int], size: float, colour: tuple, thick: int
) -> None:
    cv2.putText(picture, text, at, FONT, size, colour, thick, cv2.LINE_AA)
