"""Which of the frames looked at are black, and which do not differ from those before."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cliply.media.frames import Picture
from cliply.media.quality.looks import Look

BLACK_LEVEL = 36
"""Luma up to which a pixel is black: a tenth of the range above 16."""

BLACK_SHARE = 0.9
"""Of the picture beside captions; titles and logos cover less than the rest."""

SAME_LEVELS = 6
"""Frames that are equal before the encoder differ by at most 3 of 255 after it, 5 across a
keyframe (means of 8x8 pixels; x264 crf 20)."""

SAME_SHARE = 0.0005
"""A frame differs when more of it changed; the quietest moments of a man who moves only
his hands change 0.8 % of the picture from frame to frame."""

Mask = NDArray[np.bool_]


class FrameSpan(NamedTuple):
    """Frames of the clip from `first` to before `end`."""

    first: int
    end: int

    @property
    def frames(self) -> int:
        return self.end - self.first


@dataclass(frozen=True)
class Canvas:
    """Where and when the source's picture is to be seen in the clip."""

    mask: Mask
    """True where nothing that moves by itself is drawn over it, at the size of a look."""
    hidden: tuple[FrameSpan, ...] = ()
    """Frames that show other footage."""

    def shows(self, frame: int) -> bool:
        return not any(span.first <= frame < span.end for span in self.hidden)


@dataclass(frozen=True)
class Seen:
    """Spans of frames, in order."""

    black: tuple[FrameSpan, ...]
    still: tuple[FrameSpan, ...]
    """At least as long as asked for, and not black."""


def examine_looks(looks: Iterable[Look], canvas: Canvas, still_frames: int) -> Seen:
    """Black frames, and stretches of at least `still_frames` equal ones.

    Every frame of a stretch is compared with its first one, so slow pans are not still.
    """
    black: list[int] = []
    still: list[FrameSpan] = []
    first: Look | None = None
    latest = -1
    for look in looks:
        if canvas.shows(look.frame) and dark_share(look.grey, canvas.mask) >= BLACK_SHARE:
            black.append(look.frame)
        if first is None or _breaks(first, latest, look, canvas):
            still += _long_enough(first, latest, still_frames)
            first = look if canvas.shows(look.frame) else None
        latest = look.frame
    still += _long_enough(first, latest, still_frames)
    dark = frozenset(black)
    lit = (span for span in still if not dark.intersection(range(*span)))
    return Seen(black=tuple(_spans(black)), still=tuple(lit))


def _breaks(first: Look, latest: int, look: Look, canvas: Canvas) -> bool:
    if look.frame != latest + 1 or not canvas.shows(look.frame):
        return True
    return changed_share(first.grey, look.grey, canvas.mask, SAME_LEVELS) > SAME_SHARE


def _long_enough(first: Look | None, latest: int, still_frames: int) -> list[FrameSpan]:
    if first is None or latest + 1 - first.frame < still_frames:
        return []
    return [FrameSpan(first.frame, latest + 1)]


def dark_share(grey: Picture, mask: Mask) -> float:
    """Black part of what the mask leaves of a picture, 0…1."""
    return float(np.mean(grey[mask] <= BLACK_LEVEL))


def changed_share(before: Picture, now: Picture, mask: Mask, levels: int) -> float:
    """Part of the masked pixels that differ by more than some levels, 0…1."""
    return float(np.mean(cv2.absdiff(before, now)[mask] > levels))


def _spans(frames: Sequence[int]) -> Iterator[FrameSpan]:
    """Neighbouring frames as spans."""
    first = None
    for place, frame in enumerate(frames):
        first = frame if first is None else first
        if place + 1 == len(frames) or frames[place + 1] != frame + 1:
            yield FrameSpan(first, frame + 1)
            first = None
