"""How much a picture looks like a screen: slides, code, a desktop."""

import cv2
import numpy as np

from cliply.media.frames import Picture

STEP_LEVELS = 10
"""Brightness step between neighbouring pixels that is an edge."""

STEEP_LEVELS = 40
"""Step that only drawn edges reach in one pixel; lenses spread theirs over several."""

STROKE_PX = 8
"""Letters have a falling edge so near to a rising one, outlines of things have not."""

TONES = 3
"""Brightnesses that fill a screen: ground, bars, text."""

STEEP_SHARE = (0.25, 0.42)
"""Camera pictures have up to 0.23 (0.40 with an edge of a studio's black), screens over 0.43."""

TONES_SHARE = (0.25, 0.40)
"""Camera pictures have some 0.3 and less, unless they are dark; screens mostly 0.9."""

STROKE_SHARE = (0.4, 0.7)
STROKE_DENSITY = (0.0015, 0.005)
"""A person before a green screen has 0.0004, a slide with a headline and two lines 0.01."""

_REACH = np.ones((1, 2 * STROKE_PX + 1), np.uint8)


def screen_likeness(grey: Picture) -> float:
    """0…1 for a picture whose long side is 640 px, or less if it is smaller itself.

    All four have to be there: edges as steep as only drawn ones are, few brightnesses,
    strokes as of letters, and enough of them. Of 96 composed slides (plain, with charts,
    with a camera picture), editors, terminals, sheets and web pages, in JPEG of quality
    45 to 90, none came below 0.9; of 95 camera pictures (40 composed, 46 of the real
    samples, 9 of the drawn talk) none above 0.1. Black and one colour are no screen; a
    title card and a slide in the talk are one.
    """
    rising, falling = (_steps(grey, up=up) for up in (True, False))
    edges = sum(cv2.countNonZero(_above(step, STEP_LEVELS)) for step in (rising, falling))
    up, down = (_above(step, STEEP_LEVELS) for step in (rising, falling))
    steep = cv2.countNonZero(up) + cv2.countNonZero(down)
    if steep == 0:
        return 0.0
    strokes = sum(
        cv2.countNonZero(cv2.bitwise_and(one, cv2.dilate(other, _REACH)))
        for one, other in ((up, down), (down, up))
    )
    return (
        ramp(steep / edges, STEEP_SHARE)
        * ramp(_share_of_tones(grey), TONES_SHARE)
        * ramp(strokes / steep, STROKE_SHARE)
        * ramp(strokes / grey.size, STROKE_DENSITY)
    )


def ramp(value: float, limits: tuple[float, float]) -> float:
    """0 up to the first limit, 1 from the second, straight between."""
    low, high = limits
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _steps(grey: Picture, *, up: bool) -> Picture:
    after, before = grey[:, 1:], grey[:, :-1]
    return np.asarray(cv2.subtract(after, before) if up else cv2.subtract(before, after), np.uint8)


def _above(step: Picture, levels: int) -> Picture:
    return np.asarray(cv2.threshold(step, levels, 1, cv2.THRESH_BINARY)[1], np.uint8)


def _share_of_tones(grey: Picture) -> float:
    """Share of pixels within two levels of the most frequent brightnesses."""
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel() / grey.size
    windows = np.convolve(counts, np.ones(5), "same")
    share = 0.0
    for _ in range(TONES):
        best = int(windows.argmax())
        share += float(windows[best])
        windows[max(0, best - 4) : best + 5] = 0
    return share
