"""How large a window of the source fills a part of the output frame."""

from dataclasses import dataclass

from cliply.domain.faces import Box
from cliply.domain.framing import Region
from cliply.domain.media import VideoStream

MOST_UPSCALING = 6.0
"""A window is not enlarged further; 640x360 to 1080x1920 is 5.3."""

MOST_FACE_UPSCALING = 9.0
"""… that of a face may be: beyond its camera picture there is nothing to show."""

SAME_SHAPE = 0.02
"""A picture whose shape differs less than this from the output's is shown whole."""

CENTRED_WIDTHS = 3.5
"""A window beside another face is no wider than centres its own, but for less than this many
widths of the face."""

SHOULDER_ROOM = 0.6
"""Part of a neighbour's box beside its centre that stays out of a window: half and a margin."""


@dataclass(frozen=True)
class Window:
    """The crop window, in display pixels of the source."""

    width_px: int
    height_px: int
    width: float
    """As a part of the picture."""
    height: float
    upscaling: float

    @property
    def is_whole(self) -> bool:
        return min(self.width, self.height) > 1 - SAME_SHAPE


def largest_window(video: VideoStream, out_px: tuple[int, int]) -> Window:
    """The largest window of a shape, with even sides (4:2:0 needs them)."""
    return _window(video, out_px, _largest_scale(video, out_px))


def face_window(
    video: VideoStream,
    out_px: tuple[int, int],
    face: Box,
    neighbours: tuple[Box, ...],
    heads: tuple[float, float],
) -> Window:
    """The window round one face, without the other faces as far as that goes.

    It is at most `heads` (wide, high) heights of the face wide and high.
    """
    face_px = face.height * video.height
    scale = min(heads[0] * face_px / out_px[0], heads[1] * face_px / out_px[1])
    for other in neighbours:
        scale = min(scale, _scale_without(video, out_px, face, other))
    scale = max(scale, 1 / MOST_FACE_UPSCALING)
    return _window(video, out_px, min(scale, _largest_scale(video, out_px)))


def pane_px(region: Region, size_px: tuple[int, int]) -> tuple[int, int]:
    """Width and height of a region in a frame."""
    _, _, width, height = region.in_px(size_px)
    return width, height


def _largest_scale(video: VideoStream, out_px: tuple[int, int]) -> float:
    """Source pixels per output pixel."""
    return min(video.width / out_px[0], video.height / out_px[1])


def _window(video: VideoStream, out_px: tuple[int, int], scale: float) -> Window:
    width = max(2, round(out_px[0] * scale) // 2 * 2)
    height = max(2, round(out_px[1] * scale) // 2 * 2)
    return Window(
        width_px=width,
        height_px=height,
        width=min(1.0, width / video.width),
        height=min(1.0, height / video.height),
        upscaling=out_px[0] / width,
    )


def _scale_without(video: VideoStream, out_px: tuple[int, int], face: Box, other: Box) -> float:
    """The scale at which a window round `face` ends where `other` begins.

    Faces beside each other limit the width, faces above each other the height.
    """
    (x, y), (other_x, other_y) = face.centre, other.centre
    beside, above = abs(x - other_x) / other.width, abs(y - other_y) / other.height
    if beside >= above:
        reach = _reach(x, other_x, other.width, CENTRED_WIDTHS * face.width)
        return reach * video.width / out_px[0]
    return _reach(y, other_y, other.height, 1.0) * video.height / out_px[1]


def _reach(centre: float, other: float, size: float, centred: float) -> float:
    """Size of a window round a centre, moved into the picture, that ends before the other.

    Down to the size `centred` it is so small that the centre is in its middle.
    """
    if other < centre:
        centre, other = 1 - centre, 1 - other
    edge = other - SHOULDER_ROOM * size
    return max(0.0, min(edge, 2 * (edge - centre), max(2 * centre, centred)))
