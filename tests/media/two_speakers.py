"""A composed talk of two: who speaks moves the mouth, who listens moves the head."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from cliply.domain.faces import Box
from cliply.domain.timing import TimeRange
from cliply.media.demo_faces import BUST, FACE, MOUTHS, Look, draw_bust
from tests.media.synthesis import Painter, Picture

LOOKS = (
    Look((226, 178, 148), (74, 44, 28), (40, 84, 120), (60, 90, 60), long_hair=True),
    Look((178, 126, 94), (30, 26, 26), (150, 60, 44), (60, 36, 24), long_hair=False),
)
SIZE = (640, 360)
SYLLABLES_PER_S = (4.3, 3.7)
NOD_HZ = 0.7


class Said(NamedTuple):
    """A turn of one of the two."""

    speaker: int
    start_s: float
    end_s: float

    @property
    def span(self) -> TimeRange:
        return TimeRange(start_ms=round(self.start_s * 1000), end_ms=round(self.end_s * 1000))


class Seat(NamedTuple):
    """Where a bust is: its left edge in pixels of `SIZE`, its scale, and who it is."""

    speaker: int
    x: int
    scale: float = 0.45

    @property
    def face(self) -> Box:
        """Where the face is as long as the head is still."""
        x, y, width, height = (part * self.scale for part in FACE)
        top = SIZE[1] - round(BUST[1] * self.scale)
        return Box((self.x + x) / SIZE[0], (top + y) / SIZE[1], width / SIZE[0], height / SIZE[1])


WIDE = (Seat(0, 20), Seat(1, 370))
CLOSE = ((Seat(0, 150, 0.55),), (Seat(1, 180, 0.55),))


def alternating(*lengths_s: float, pause_s: float = 0.3) -> list[Said]:
    """Turns of the two one after the other."""
    turns, start_s = [], 0.4
    for number, length_s in enumerate(lengths_s):
        turns.append(Said(number % 2, start_s, start_s + length_s))
        start_s += length_s + pause_s
    return turns


def speaker_at(turns: Sequence[Said], time_s: float) -> int | None:
    return next((t.speaker for t in turns if t.start_s <= time_s < t.end_s), None)


def two_speakers(
    turns: Sequence[Said],
    seats: Sequence[Seat] = WIDE,
    *,
    begin_s: float = 0.0,
    nod_px: float = 8.0,
    wall: int = 150,
) -> Painter:
    """A shot of those on the seats that begins at `begin_s` of the talk; only for `SIZE`."""

    def paint(_width: int, _height: int, shot_s: float) -> Picture:
        time_s = begin_s + shot_s
        picture = np.full((SIZE[1], SIZE[0], 3), (wall, wall + 8, wall + 16), np.uint8)
        picture[:120, 260:380] = 110
        for seat in seats:
            is_speaking = speaker_at(turns, time_s) == seat.speaker
            nod = nod_px * (0.3 if is_speaking else 1.0)
            phase = 2 * math.pi * NOD_HZ * time_s + seat.speaker
            _lay(picture, seat, _mouth(seat, time_s) if is_speaking else 0, nod * math.sin(phase))
        return picture

    return paint


def _mouth(seat: Seat, time_s: float) -> int:
    rate = SYLLABLES_PER_S[seat.speaker]
    opened = 0.5 - 0.5 * math.cos(2 * math.pi * rate * time_s + 0.8 * math.sin(1.7 * time_s))
    return min(MOUTHS - 1, int(opened * MOUTHS))


def _lay(picture: Picture, seat: Seat, mouth: int, shift_px: float) -> None:
    colour, coverage = _bust(seat.speaker, mouth, seat.scale)
    height, width = coverage.shape[:2]
    left = seat.x + round(shift_px)
    first, last = max(0, left), min(SIZE[0], left + width)
    top = SIZE[1] - height
    part = picture[max(0, top) :, first:last].astype(np.float32)
    cut = slice(max(0, -top), None), slice(first - left, last - left)
    mixed = part + (colour[cut] - part) * coverage[cut]
    picture[max(0, top) :, first:last] = mixed.round().astype(np.uint8)


@lru_cache(maxsize=64)
def _bust(speaker: int, mouth: int, scale: float) -> tuple[np.ndarray, np.ndarray]:
    bust = draw_bust(LOOKS[speaker], mouth)
    size = round(BUST[0] * scale), round(BUST[1] * scale)
    colour = cv2.resize(bust.colour, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    coverage = cv2.resize(bust.coverage, size, interpolation=cv2.INTER_AREA)[..., None] / 255
    return colour, coverage.astype(np.float32)
