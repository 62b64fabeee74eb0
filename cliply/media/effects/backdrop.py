"""The colour of a green screen, measured at the picture's edges."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from cliply.domain.colours import Colour
from cliply.domain.media import VideoStream
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.bt709 import HD_HEIGHT
from cliply.media.decoding import PictureReader
from cliply.media.effects.chroma import FULL_DISTANCE, saturation, yuv
from cliply.media.effects.chroma_key import LEAST_SATURATION
from cliply.media.source import open_stream

WIDTH_PX = 320
EDGE_PX = 8
"""The frame is made this wide, and this much of it on every side is looked at."""

LEAST_ALIKE = 0.6
"""Part of the edge that has the backdrop's colour; a person covers a part of it."""

ALIKE = 0.06
"""How far colours of one backdrop lie apart: light falls unevenly."""

BT601, BT709 = 5, 1
"""Names of colour matrices in FFmpeg (ITU-T H.273, table 4)."""


def backdrop_colour(path: Path, video: VideoStream, times_ms: Sequence[int]) -> Colour:
    """The colour of what is behind the person, from the first of the times that shows it.

    Raises InvalidInput when at none of them the picture's edges have one strong colour.
    """
    for time_ms in times_ms:
        frame = _frame_at(path, video, time_ms)
        colour = _edge_colour(_edge(frame, video)) if frame else None
        if colour is not None:
            return colour
    raise InvalidInput(
        ErrorCode.backdrop_unclear,
        "green_screen.colour: the edges of the picture do not have one strong colour. Name the "
        "backdrop's colour, or use keying person.",
    )


def _frame_at(path: Path, video: VideoStream, time_ms: int) -> VideoFrame | None:
    """The first frame from a time on, else the last one."""
    last = None
    with open_stream(path, video.index) as container:
        container.seek(time_ms * 1000 + (container.start_time or 0), backward=True)
        for shown_ms, frame in PictureReader(container, video):
            last = frame
            if shown_ms >= time_ms:
                break
    return last


def _edge(frame: VideoFrame, video: VideoStream) -> NDArray[np.float64]:
    """RGB of the pixels at all four edges, [n, 3]."""
    untagged = BT709 if video.height >= HD_HEIGHT else BT601
    height = max(4 * EDGE_PX, round(frame.height * WIDTH_PX / frame.width))
    picture = frame.reformat(
        width=WIDTH_PX,
        height=height,
        format="rgb24",
        src_colorspace=frame.colorspace if frame.colorspace in (1, 5, 6, 9) else untagged,
    ).to_ndarray()
    inside = np.zeros(picture.shape[:2], bool)
    inside[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX] = True
    return picture[~inside].astype(np.float64)


def _edge_colour(edge: NDArray[np.float64]) -> Colour | None:
    """The middle one of the colours that most of the edge has; None when there is none such."""
    middle, chroma = np.median(edge, axis=0), yuv(edge)[:, 1:]
    for _ in range(2):  # the second time without the person
        far = np.hypot(*(chroma - yuv(middle)[1:]).T) / FULL_DISTANCE
        if np.mean(far < ALIKE) < LEAST_ALIKE:
            return None
        middle = np.median(edge[far < ALIKE], axis=0)
    colour = "#" + "".join(f"{round(value):02X}" for value in middle)
    return colour if saturation(colour) >= LEAST_SATURATION else None
