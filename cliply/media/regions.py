"""Where the panes of each layout lie in the output frame."""

from math import inf

from cliply.domain.framing import WHOLE, AspectRatio, Layout, Region
from cliply.domain.media import VideoStream

UPRIGHT = (AspectRatio.portrait, AspectRatio.tall)
"""Where two speakers stand one above the other; three of them do so only in the first."""

SCREEN_MOST = 0.62
"""A screen takes no more of the frame's height."""

SCREEN_BESIDE = 0.75
"""Part of a landscape frame's width that a screen takes; the face stands beside it."""

FACECAM = {AspectRatio.portrait: 1 / 3, AspectRatio.tall: 0.38, AspectRatio.square: 0.4}
"""Part of the frame's height above the game; lower frames need more of it for a face."""

FACECAM_BESIDE = 0.3

HEADS = {
    Layout.split: (inf, 4.0),
    Layout.three: (inf, 3.0),
    Layout.screen_face: (3.5, 2.0),
    Layout.gameplay_facecam: (3.5, 2.0),
}
"""How wide and high a window is at most, in heights of its face. That of a camera picture
must not reach beyond it: a face is commonly some 45 % as high as its 16:9 picture."""


def regions_of(layout: Layout, aspect: AspectRatio, video: VideoStream) -> tuple[Region, ...]:
    """The regions of a layout's panes in their order; together they cover the frame."""
    if layout in (Layout.split, Layout.three):
        number, upright = (2, UPRIGHT) if layout is Layout.split else (3, UPRIGHT[:1])
        return _even_parts(number, stacked=aspect in upright)
    if layout is Layout.screen_face:
        if aspect is AspectRatio.landscape:
            return _beside(SCREEN_BESIDE)
        width, height = aspect.size_px
        return _stacked(min(SCREEN_MOST, width * video.height / video.width / height))
    if layout is Layout.gameplay_facecam:
        beside = aspect is AspectRatio.landscape
        return _beside(FACECAM_BESIDE) if beside else _stacked(FACECAM[aspect])
    return (WHOLE,) if layout is Layout.single else ()


def _even_parts(number: int, *, stacked: bool) -> tuple[Region, ...]:
    edges = [n / number for n in range(number + 1)]
    if stacked:
        return tuple(Region(0.0, edge, 1.0, 1 / number) for edge in edges[:-1])
    return tuple(Region(edge, 0.0, 1 / number, 1.0) for edge in edges[:-1])


def _stacked(upper: float) -> tuple[Region, Region]:
    return Region(0.0, 0.0, 1.0, upper), Region(0.0, upper, 1.0, 1 - upper)


def _beside(left: float) -> tuple[Region, Region]:
    return Region(0.0, 0.0, left, 1.0), Region(left, 0.0, 1 - left, 1.0)
