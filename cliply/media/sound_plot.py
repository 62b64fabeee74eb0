"""Draws a source's loudness, and under it how much it sounds like each kind of event."""

import cv2
import numpy as np
import polars as pl

from cliply.domain.audio import AudioFeatures, SoundKind
from cliply.media.waveform import BACKGROUND, INK, Colour, waveform_picture

COLOURS: dict[SoundKind, Colour] = {
    SoundKind.laughter: (92, 205, 250),
    SoundKind.applause: (120, 200, 120),
    SoundKind.shout: (96, 112, 240),
    SoundKind.music: (220, 150, 130),
}
"""Blue, green, red."""

LANE_PX = 30
_BAR_PX = 22
_DIM = 0.45
"""Brightness of likelihood outside of events."""


def sound_picture(
    levels: pl.DataFrame, features: AudioFeatures, size: tuple[int, int] = (1200, 240)
) -> bytes:
    """A PNG: the waveform of `size` in pixels, then a lane of `LANE_PX` for each kind.

    A bar is as high as the likelihood of its stretch and bright where that is an event.
    """
    wave = waveform_picture(levels, features.duration_ms, (), size)
    top = cv2.imdecode(np.frombuffer(wave, np.uint8), cv2.IMREAD_COLOR)
    if top is None or not features.duration_ms:
        return wave
    lanes = [_lane(kind, levels, features, size[0]) for kind in SoundKind]
    return bytes(cv2.imencode(".png", np.vstack([np.asarray(top, np.uint8), *lanes]))[1])


def _lane(kind: SoundKind, levels: pl.DataFrame, features: AudioFeatures, width: int) -> np.ndarray:
    lane = np.full((LANE_PX, width, 3), BACKGROUND, np.uint8)
    certain = np.zeros(width, bool)
    for event in features.events:
        if event.kind is kind:
            first = event.span.start_ms * width // features.duration_ms
            certain[first : max(first + 1, event.span.end_ms * width // features.duration_ms)] = (
                True
            )
    height = (_columns(levels[kind.value].to_numpy(), width) * _BAR_PX).astype(np.int64)
    drawn = np.arange(LANE_PX)[:, None] >= LANE_PX - height[None, :]
    drawn &= (height > 0)[None, :]
    colour = np.array(COLOURS[kind])
    lane[drawn & certain] = colour
    lane[drawn & ~certain] = (colour * _DIM).astype(np.uint8)
    cv2.putText(lane, kind.value, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, INK, 1, cv2.LINE_AA)
    return lane


def _columns(series: np.ndarray, width: int) -> np.ndarray:
    """The highest value under each column; an empty series is 0 everywhere."""
    if not len(series):
        return np.zeros(width)
    starts = np.arange(width) * len(series) // width
    return np.asarray(np.maximum.reduceat(series, starts))
