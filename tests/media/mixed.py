"""Mixed material for cut detection: hard cuts among everything that looks like one."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.media.synthesis import Painter, Picture, Shot

MIXED: tuple[tuple[str, float], ...] = (
    ("still", 0.7),
    ("pan", 0.7),
    ("whip", 1.2),
    ("flash", 1.2),
    ("noise", 0.7),
    ("dark", 0.7),
    ("fade", 1.4),
    ("shake", 0.8),
    ("dissolve", 1.2),
    ("film", 0.8),
    ("pale", 0.7),
    ("pale", 0.7),
    ("zoom", 0.7),
)
"""Kind and seconds of each shot; every border is a hard cut."""


def mixed_shots(rounds: int = 1) -> list[Shot]:
    """The kinds one after the other, each round with other pictures."""
    return [
        Shot(length_s, painter(kind, seed=100 * turn + number))
        for turn in range(rounds)
        for number, (kind, length_s) in enumerate(MIXED)
    ]


def mixed_cuts_s(rounds: int = 1) -> list[float]:
    """Where one shot ends and the next begins."""
    lengths = [length_s for _, length_s in MIXED] * rounds
    return [float(border) for border in np.cumsum(lengths)[:-1]]


def painter(kind: str, seed: int) -> Painter:
    """A shot of one kind over a cloudy picture; the same seed gives the same frames."""

    def paint(width: int, height: int, time_s: float) -> Picture:
        rng = np.random.default_rng([seed, round(time_s * 1000)])
        picture = _view(kind, seed, (width, height), time_s, rng)
        return np.clip(_changed(kind, picture, seed, time_s, rng), 0, 255).astype(np.uint8)

    return paint


def _view(
    kind: str, seed: int, size: tuple[int, int], time_s: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    x, y, zoom = 0.2, 0.2, 1.0
    if kind == "pan":
        x += 0.1 * time_s
    if kind == "whip":
        x = 0.05 + 2.4 * min(0.25, max(0.0, time_s - 0.5))
    if kind == "shake":
        x, y = x + 0.04 * np.sin(25 * time_s), y + 0.05 * np.cos(31 * time_s)
    if kind == "film":
        x, y = x + rng.normal(0, 0.002), y + rng.normal(0, 0.002)
    if kind == "zoom":
        zoom += 0.4 * time_s
    return _window(_cloud(seed, size, kind), x, y, zoom, size)


def _window(
    cloud: NDArray[np.float32], x: float, y: float, zoom: float, size: tuple[int, int]
) -> NDArray[np.float32]:
    left, top = x * size[0] * zoom, y * size[1] * zoom
    place = np.array([[zoom, 0, -left], [0, zoom, -top]], np.float32)
    return cv2.warpAffine(cloud, place, size, borderMode=cv2.BORDER_REFLECT)


def _changed(
    kind: str, picture: NDArray[np.float32], seed: int, time_s: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    if kind == "flash" and (0.55 <= time_s < 0.65 or 0.75 <= time_s < 0.85):
        picture = picture + 140
    if kind == "noise":
        picture = picture + rng.normal(0, 14, picture.shape)
    if kind == "dark":
        picture = 12 + picture / 8 + rng.normal(0, 1.5, picture.shape)
    if kind == "fade":
        picture = picture * abs(time_s - 0.7) / 0.7
    if kind == "film":
        grey = picture.mean(axis=2, keepdims=True) * rng.normal(1, 0.06)
        picture = np.repeat(grey + rng.normal(0, 9, grey.shape), 3, axis=2)
    if kind == "dissolve":
        size = picture.shape[1], picture.shape[0]
        weight = min(1.0, max(0.0, (time_s - 0.3) / 0.6))
        other = _window(_cloud(seed + 50, size, kind), 0.2, 0.2, 1.0, size)
        picture = (1 - weight) * picture + weight * other
    return picture


@lru_cache(64)
def _cloud(seed: int, size: tuple[int, int], kind: str) -> NDArray[np.float32]:
    """A soft random picture with outlines, twice as large as the frame."""
    rng = np.random.default_rng(seed)
    width, height = 2 * size[0], 2 * size[1]
    layers = sum(_octave(rng, width, height, octave) for octave in range(2, 7))
    contrast, tint = (10, 4) if kind == "pale" else (30, 45)
    base = 120 + 6 * (seed % 3) if kind == "pale" else rng.uniform(70, 180)
    colour = rng.uniform(-tint, tint, 3)
    return np.asarray(base + contrast * layers + colour, np.float32)


def _octave(rng: np.random.Generator, width: int, height: int, octave: int) -> Picture:
    coarse = rng.standard_normal((2 + (1 << octave), 2 + (1 << octave), 3)).astype(np.float32)
    return 0.6 ** (octave - 2) * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
