"""Small grey pictures of chosen frames of a finished clip."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame

from cliply.media.frames import Picture, as_planar, one_thread
from cliply.media.quality.coded_frames import Group

SHORT_SIDE_PX = 135
"""An eighth of 1080: averaging 64 pixels takes out noise and coding errors."""


class Look(NamedTuple):
    """What a frame looks like."""

    frame: int
    grey: Picture


def look_size(size_px: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the small pictures."""
    factor = min(1.0, SHORT_SIDE_PX / min(size_px))
    return max(1, round(size_px[0] * factor)), max(1, round(size_px[1] * factor))


def looks(video: Path, frame_rate: Fraction, groups: Sequence[Group]) -> Iterator[Look]:
    """The frames of some groups in order; only those are decoded."""
    with one_thread(), av.open(str(video)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for run in _joined(groups):
            yield from _looks(container, frame_rate, run)


def _joined(groups: Sequence[Group]) -> list[Group]:
    """Neighbouring groups as one, which needs no seeking in between."""
    apart = [b.first for a, b in pairwise(groups) if a.end != b.first]
    ends = [a.end for a, b in pairwise(groups) if a.end != b.first]
    firsts = [*(group.first for group in groups[:1]), *apart]
    return [Group(*run) for run in zip(firsts, [*ends, *(g.end for g in groups[-1:])], strict=True)]


def _looks(container: InputContainer, frame_rate: Fraction, run: Group) -> Iterator[Look]:
    stream = container.streams.video[0]
    time_base = stream.time_base or Fraction(1)
    container.seek(round(run.first / frame_rate / time_base), stream=stream)
    for picture in container.decode(stream):
        if picture.pts is None:
            continue
        frame = round(picture.pts * time_base * frame_rate)
        if frame >= run.end:
            return
        if frame >= run.first:
            yield Look(frame, grey_of(picture))


def grey_of(picture: VideoFrame) -> Picture:
    """Luma (16 is black), each pixel a mean of those it stands for.

    Of every `step` rows one is read, which is two for each of the small picture: at
    1080x1920 that takes a third of the time that all rows take.
    """
    plane = as_planar(picture).planes[0]
    size = look_size((picture.width, picture.height))
    rows = np.frombuffer(memoryview(plane), np.uint8)[: plane.height * plane.line_size]
    pixels = rows.reshape(plane.height, plane.line_size)[:, : plane.width]
    step = max(1, plane.height // (2 * size[1]))
    return np.asarray(cv2.resize(pixels[::step], size, interpolation=cv2.INTER_AREA), np.uint8)
