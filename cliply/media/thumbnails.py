"""One small picture per shot, kept while a video passes by."""

from cliply.domain.media import VideoStream
from cliply.media.frames import Picture, fitted, rgb_of, upright

THUMBNAIL_LONG_SIDE_PX = 240
FIRST_LOOK_MS = 250

KEPT = 40
"""Beyond this every other picture is dropped, so memory does not grow with length."""


class Thumbnails:
    """Chooses for each shot a picture near its middle, without knowing where it will end.

    Pictures are remembered at doubling distances from the start of the shot, so one lies
    between a quarter and half of it, however long it turns out to be.
    """

    def __init__(self, video: VideoStream) -> None:
        self._size = fitted((video.width, video.height), THUMBNAIL_LONG_SIDE_PX)
        self._rotation = video.rotation
        self._kept: list[tuple[int, Picture]] = []
        self._looks: list[tuple[int, Picture]] = []
        self._start_ms = 0
        self._next_ms = 0

    def begin_shot(self, time_ms: int) -> None:
        """The next picture offered belongs to a new shot."""
        self._settle(time_ms)
        self._start_ms = self._next_ms = time_ms

    def offer(self, time_ms: int, small: Picture) -> None:
        """Show a small BGR frame in coded orientation."""
        if time_ms < self._next_ms:
            return
        self._looks.append((time_ms, small))
        self._next_ms = self._start_ms + max(FIRST_LOOK_MS, 2 * (time_ms - self._start_ms))

    def finish(self, end_ms: int) -> tuple[tuple[int, Picture], ...]:
        """Times and upright RGB pictures in display shape, at most `KEPT`, in order."""
        self._settle(end_ms)
        return tuple(self._kept)

    def _settle(self, end_ms: int) -> None:
        if not self._looks:
            return
        middle = (self._start_ms + end_ms) / 2
        time_ms, small = min(self._looks, key=lambda look: abs(look[0] - middle))
        self._looks.clear()
        self._kept.append((time_ms, rgb_of(upright(small, self._rotation), self._size)))
        if len(self._kept) > KEPT:
            self._kept = self._kept[::2]
