"""The path of a crop window over a live stream, where nobody knows what comes next."""

from collections.abc import Iterable

from cliply.domain.framing import CropPath, CropPoint
from cliply.media.windows import Window

ALPHA = 0.15
"""Weight of the newest sample in the exponential mean (LIVE); at two samples a second the
window has gone two thirds of the way after 3.1 s."""


class LivePath:
    """Follows a centre sample by sample; starts anew at cuts.

    Feed it in order of time; a moment that nothing was seen at is not fed, and the window
    stands still meanwhile.
    """

    def __init__(self, window: Window, alpha: float = ALPHA) -> None:
        self._window = window
        self._alpha = alpha
        self._mean: tuple[float, float] | None = None

    def cut(self) -> None:
        """The next sample is of another shot: the window jumps to it."""
        self._mean = None

    def feed(self, time_ms: int, centre: tuple[float, float]) -> CropPoint:
        """Where the window is from a sample on, inside the picture."""
        x, y = self._mean or centre
        self._mean = x + self._alpha * (centre[0] - x), y + self._alpha * (centre[1] - y)
        return CropPoint(
            time_ms=time_ms,
            x=_inside(self._mean[0], self._window.width),
            y=_inside(self._mean[1], self._window.height),
        )


def live_crop_path(
    window: Window, samples: Iterable[tuple[int, tuple[float, float]]], cuts_ms: Iterable[int]
) -> CropPath:
    """The path through samples (time_ms, centre) in order; at cuts (first frame after) it jumps.

    The window jumps with the cut, to where the first sample after it is. There must be a sample.
    """
    path, cuts = LivePath(window), sorted(cuts_ms)
    points: list[CropPoint] = []
    for time_ms, centre in samples:
        since = points[-1].time_ms if points else time_ms
        passed = [cut for cut in cuts if since < cut <= time_ms]
        if passed:
            path.cut()
        points.append(path.feed(passed[-1] if passed else time_ms, centre))
    return CropPath(
        width_px=window.width_px,
        height_px=window.height_px,
        points=tuple(points),
        jumps_ms=tuple(cut for cut in cuts if points[0].time_ms < cut <= points[-1].time_ms),
        followed="face",
    )


def _inside(centre: float, size: float) -> float:
    return round(min(max(centre, size / 2), 1 - size / 2), 4)
