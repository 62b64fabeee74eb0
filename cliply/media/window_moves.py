"""Where a crop window is in each frame of a run, in pixels."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from cliply.domain.framing import CropPath
from cliply.domain.media import VideoStream
from cliply.media.board import seconds
from cliply.media.crop_path import centre_at
from cliply.media.runs import Run

EARLY_S = Fraction(1, 1000)
"""So much before its frame a move is sent: times are rounded to microseconds."""

ROUNDING = 1e-6
"""Of sums of fractions; without it a window of even size reaches two pixels too far."""

Corner = tuple[int, int]


@dataclass(frozen=True)
class Moves:
    """How to cut a moving window out of the frames of a run."""

    reach: tuple[int, int, int, int]
    """Left, top, width and height of all that the window ever shows, in the coded frame."""
    scaled: tuple[int, int]
    """Size of the reach when the window is as large as its region; even."""
    start: Corner
    """Corner of the window in the scaled reach in the first frame; even."""
    corners: tuple[tuple[Fraction, Corner], ...]
    """Each later corner with the time in seconds of the run's frame that it is there from."""

    def commands(self, target: str) -> str:
        """Every move for FFmpeg's `sendcmd`, addressed to one crop filter."""
        return "\n".join(
            f"{seconds(time_s - EARLY_S)} {target} x {x}, {target} y {y};"
            for time_s, (x, y) in self.corners
        )


def frame_px(video: VideoStream) -> tuple[int, int]:
    """Size of the decoded frames as filters get them: turned upright, pixels as coded."""
    size = video.coded_width, video.coded_height
    return size if video.rotation in (0, 180) else (size[1], size[0])


def moves_of(path: CropPath, run: Run, video: VideoStream, out_px: tuple[int, int]) -> Moves:
    """The moves of a window that fills `out_px` of the output frame."""
    centres = _centres(path, run)
    shares = path.width_px / video.width, path.height_px / video.height
    axes = [
        _Axis.around([centre[n] for centre in centres], shares[n], frame_px(video)[n], out_px[n])
        for n in (0, 1)
    ]
    corners = [
        (n / run.frame_rate, (axes[0].at(x), axes[1].at(y))) for n, (x, y) in enumerate(centres)
    ]
    return Moves(
        reach=(axes[0].start, axes[1].start, axes[0].length, axes[1].length),
        scaled=(axes[0].scaled, axes[1].scaled),
        start=corners[0][1],
        corners=tuple(after for before, after in pairwise(corners) if after[1] != before[1]),
    )


def _centres(path: CropPath, run: Run) -> list[tuple[float, float]]:
    """Centre of the window in each frame of a run; one alone when it never moves."""
    is_still = len({(point.x, point.y) for point in path.points}) == 1
    frames = 1 if is_still else run.frames
    return [centre_at(path, run.source_ms(frame)) for frame in range(frames)]


@dataclass(frozen=True)
class _Axis:
    """One direction of a window: the frame's pixels that it reaches, and their enlargement."""

    start: int
    length: int
    scaled: int
    frame_px: int
    window_px: int

    @classmethod
    def around(cls, centres: list[float], share: float, frame_px: int, window_px: int) -> "_Axis":
        """The reach of a window that is a share of the frame and as large as `window_px`."""
        share = min(1.0, share)
        inside = [min(max(centre, share / 2), 1 - share / 2) for centre in centres]
        start = 2 * floor((min(inside) - share / 2 + ROUNDING) * frame_px / 2)
        end = 2 * ceil((max(inside) + share / 2 - ROUNDING) * frame_px / 2)
        end = end if frame_px - end > 1 else frame_px
        scaled = (end - start) * window_px / (share * frame_px)
        return cls(start, end - start, max(window_px, 2 * round(scaled / 2)), frame_px, window_px)

    def at(self, centre: float) -> int:
        """Where the window begins in the scaled reach, even and inside it."""
        middle = (centre * self.frame_px - self.start) * self.scaled / self.length
        corner = 2 * round((middle - self.window_px / 2) / 2)
        return min(max(0, corner), self.scaled - self.window_px)
