"""Draws a source's sound over time, with the chosen moments marked."""

from collections.abc import Sequence

import cv2
import numpy as np
import polars as pl

from cliply.domain.timing import TimeRange

Colour = tuple[int, int, int]
"""Blue, green, red."""

BACKGROUND: Colour = (34, 26, 22)
QUIET: Colour = (120, 104, 92)
QUIET_PEAK: Colour = (78, 66, 58)
CHOSEN: Colour = (84, 190, 255)
CHOSEN_PEAK: Colour = (52, 116, 160)
BAND: Colour = (62, 50, 40)
INK: Colour = (214, 206, 200)
_MEAN = (QUIET, CHOSEN)
_PEAK = (QUIET_PEAK, CHOSEN_PEAK)

RANGE_DB = 54.0
"""Level below full scale that still has height: speech and its pauses differ visibly."""

_TOP_PX, _BOTTOM_PX = 22, 22
_TICKS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_TICK_PX = 70


def waveform_picture(
    levels: pl.DataFrame,
    duration_ms: int,
    moments: Sequence[TimeRange],
    size: tuple[int, int] = (1200, 240),
) -> bytes:
    """A PNG of `size` (width, height) in pixels: level over time, in decibels.

    The full bar is a column's peak, the bright one its mean level. Moments are banded and
    numbered from 1 in the order given, which is their rank.
    """
    width, height = size
    picture = np.full((height, width, 3), BACKGROUND, np.uint8)
    chosen = np.zeros(width, bool)
    for moment in moments:
        first, last = _columns(moment, duration_ms, width)
        picture[:, first:last] = BAND
        chosen[first:last] = True
    _draw_bars(picture, _heights(levels["peak_dbfs"], duration_ms, size), chosen, _PEAK)
    _draw_bars(picture, _heights(levels["rms_dbfs"], duration_ms, size), chosen, _MEAN)
    for number, moment in enumerate(moments, 1):
        _write(picture, str(number), _columns(moment, duration_ms, width)[0] + 3, 15, CHOSEN)
    _draw_ticks(picture, duration_ms)
    return bytes(cv2.imencode(".png", picture)[1])


def _columns(span: TimeRange, duration_ms: int, width: int) -> tuple[int, int]:
    """First column of a span and the one after its last; at least one column wide."""
    first = min(width - 1, span.start_ms * width // duration_ms)
    return first, max(first + 1, min(width, -(-span.end_ms * width // duration_ms)))


def _heights(level_dbfs: pl.Series, duration_ms: int, size: tuple[int, int]) -> np.ndarray:
    """Half the height in pixels of each column's bar: its loudest row."""
    width, height = size
    rows = max(1, duration_ms // 100)
    levels = np.full(max(rows, len(level_dbfs)), -120.0)
    levels[: len(level_dbfs)] = level_dbfs.to_numpy()
    starts = np.arange(width) * rows // width
    loudest = np.maximum.reduceat(levels[:rows], starts)
    share = np.clip(1 + loudest / RANGE_DB, 0, 1)
    return np.asarray(np.maximum(1, share * (height - _TOP_PX - _BOTTOM_PX) / 2).astype(np.int64))


def _draw_bars(
    picture: np.ndarray,
    heights: np.ndarray,
    chosen: np.ndarray,
    colours: tuple[Colour, Colour],
) -> None:
    middle = (_TOP_PX + picture.shape[0] - _BOTTOM_PX) // 2
    distance = np.abs(np.arange(picture.shape[0]) - middle)[:, None]
    inside = distance < heights[None, :]
    picture[inside & ~chosen] = colours[0]
    picture[inside & chosen] = colours[1]


def _draw_ticks(picture: np.ndarray, duration_ms: int) -> None:
    """Times under the bars, as many as fit without touching."""
    height, width = picture.shape[:2]
    least_s = _TICK_PX * duration_ms / 1000 / width
    step_s = next((step for step in _TICKS_S if step >= least_s), _TICKS_S[-1])
    for second in range(0, duration_ms // 1000 + 1, step_s):
        x = second * 1000 * width // duration_ms
        picture[height - _BOTTOM_PX : height - _BOTTOM_PX + 4, x : x + 1] = INK
        _write(picture, f"{second // 60}:{second % 60:02d}", x + 3, height - 6, INK)


def _write(picture: np.ndarray, text: str, x: int, baseline: int, colour: Colour) -> None:
    cv2.putText(picture, text, (x, baseline), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
