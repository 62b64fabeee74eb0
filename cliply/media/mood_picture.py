"""Draws the mood of what is said over time."""

import cv2
import numpy as np

from cliply.domain.mood import MoodSeries

Colour = tuple[int, int, int]
"""Blue, green, red."""

BACKGROUND: Colour = (34, 26, 22)
INK: Colour = (120, 104, 92)
BRIGHT: Colour = (120, 200, 140)
DARK: Colour = (110, 110, 230)
TURN: Colour = (84, 190, 255)
SIZE_PX = (1200, 160)
TURN_FROM = 0.6
"""Change of mood from which on a line marks it."""


def mood_picture(series: MoodSeries) -> bytes:
    """A PNG of `SIZE_PX`: a bar for each utterance, up for a bright mood and down for a dark one.

    A line stands where the mood turns. Empty when nobody judged the mood.
    """
    if not series.moods:
        return b""
    width, height = SIZE_PX
    picture = np.full((height, width, 3), BACKGROUND, np.uint8)
    end_ms, middle = series.moods[-1].span.end_ms, height // 2
    cv2.line(picture, (0, middle), (width, middle), INK, 1)
    for mood in series.moods:
        left, right = (
            time * (width - 1) // end_ms for time in (mood.span.start_ms, mood.span.end_ms)
        )
        if mood.change >= TURN_FROM:
            cv2.line(picture, (left, 0), (left, height), TURN, 1)
        top = middle - round(mood.score * (middle - 4))
        if top != middle:
            colour = BRIGHT if mood.score > 0 else DARK
            cv2.rectangle(picture, (left, top), (max(left + 1, right), middle), colour, cv2.FILLED)
    return bytes(cv2.imencode(".png", picture)[1])
