"""Drawings that lie over a moving picture, and a way to read them."""

from types import TracebackType
from typing import NamedTuple, Protocol, Self

import cv2
import numpy as np
from av.video.frame import VideoFrame

from cliply.domain.timing import TimeRange
from cliply.media.beside import Beside
from cliply.media.frames import Picture, pixels_of, upright
from cliply.media.screen_content import ramp

READ_EVERY_MS = 1_000

LONG_SIDE_PX = 320

EDGE_LEVELS = 40
"""Brightness step between neighbouring pixels that is a sharp edge."""

CHANGED_LEVELS = 12

LEAST_SAMPLES = 6
"""Less than three seconds tell nothing about what stays."""

MOST_SAMPLES = 60
"""After half a minute a new stretch begins, as displays change, too."""

STAYS_SHARE = 0.9
CHANGES_SHARE = 0.3

STAYING_EDGES = (0.003, 0.012)
"""Share of the picture: a health bar and a map have 0.02, a station's logo 0.002."""

CHANGING_AROUND = (0.25, 0.5)
"""Share of the surroundings of such edges that keeps changing: 0.8 and more behind a game's
display, up to 0.22 around the edges of a house or a shelf before a fixed camera."""

AROUND_PX = 5
"""So far reach the surroundings of an edge."""


class HudReader(Protocol):
    """Reads what a game or a stream writes into its picture."""

    def read(self, time_ms: int, luma: Picture) -> None:
        """Look at the brightness of one full frame, as a player shows it.

        Called once a second in order of time, in a thread of its own. What it raises ends
        the scan.
        """


class HudFeed:
    """Hands full frames to a reader beside the decoding."""

    def __init__(self, reader: HudReader, rotation: int) -> None:
        self._reader = reader
        self._rotation = rotation
        self._next_ms = 0
        self._beside = Beside("hud")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._beside.__exit__(kind, error, trace)

    def offer(self, time_ms: int, frame: VideoFrame) -> None:
        """Show the next planar frame of the pass. Raises what the reader raised."""
        if time_ms < self._next_ms:
            return
        self._next_ms = (time_ms // READ_EVERY_MS + 1) * READ_EVERY_MS
        luma = np.ascontiguousarray(upright(pixels_of(frame.planes[0]), self._rotation)).copy()
        self._beside.hand(lambda: self._reader.read(time_ms, luma))

    def finish(self) -> None:
        """Wait until the last frame is read."""
        self._beside.finish()


class HudStretch(NamedTuple):
    """A part of a shot and how likely something lies over its picture."""

    span: TimeRange
    likelihood: float


class HudMeter:
    """Finds sharp edges that stay where they are while what is around them changes.

    The edges of a room stay before a fixed camera, too, but so do their surroundings. Told
    right: composed games and a film with a drawn display over each moving shot; missed
    where the picture under a display stands still. Not above 0.1: the film without it, a
    fixed camera with people walking by, the real samples.

    One small picture and two counters, however long the video is.
    """

    def __init__(self) -> None:
        self._start_ms = self._last_ms = 0
        self._before: Picture | None = None
        self._stretches: list[HudStretch] = []
        self._begin(0)

    def begin_shot(self, time_ms: int) -> None:
        """The next picture belongs to a new shot."""
        self._settle(time_ms)

    def add(self, time_ms: int, grey: Picture) -> None:
        """Take a grey picture of the shot, about two a second."""
        now = _small(grey)
        if self._samples == 0:
            self._staying = np.zeros(now.shape, np.uint16)
            self._changing = np.zeros(now.shape, np.uint16)
        self._staying += _edges(now)
        if self._before is not None and self._before.shape == now.shape:
            self._changing += cv2.absdiff(now, self._before) > CHANGED_LEVELS
        self._before, self._last_ms = now, time_ms
        self._samples += 1
        if self._samples >= MOST_SAMPLES:
            self._settle(time_ms + 1)

    def finish(self, end_ms: int) -> tuple[HudStretch, ...]:
        """Every stretch that was long enough, in order."""
        self._settle(end_ms)
        return tuple(self._stretches)

    def _begin(self, time_ms: int) -> None:
        self._start_ms = time_ms
        self._samples = 0
        self._before = None

    def _settle(self, end_ms: int) -> None:
        if self._samples >= LEAST_SAMPLES and end_ms > self._start_ms:
            span = TimeRange(start_ms=self._start_ms, end_ms=end_ms)
            self._stretches.append(HudStretch(span, self._likelihood()))
        self._begin(end_ms)

    def _likelihood(self) -> float:
        stays = (self._staying >= STAYS_SHARE * self._samples).astype(np.uint8)
        edges = cv2.dilate(stays, np.ones((3, 3), np.uint8)) > 0
        near = cv2.dilate(stays, np.ones((2 * AROUND_PX + 1,) * 2, np.uint8)) > 0
        changes = self._changing[near & ~edges] >= CHANGES_SHARE * (self._samples - 1)
        around = float(changes.mean()) if changes.size else 0.0
        return ramp(float(stays.mean()), STAYING_EDGES) * ramp(around, CHANGING_AROUND)


def mean_likelihood(stretches: tuple[HudStretch, ...], span: TimeRange) -> float:
    """Mean over the stretches that lie in a scene, by the time they share with it."""
    weighted = total = 0.0
    for stretch in stretches:
        start = max(stretch.span.start_ms, span.start_ms)
        shared_ms = max(0, min(stretch.span.end_ms, span.end_ms) - start)
        weighted += shared_ms * stretch.likelihood
        total += shared_ms
    return weighted / total if total else 0.0


def _small(grey: Picture) -> Picture:
    factor = min(1.0, LONG_SIDE_PX / max(grey.shape))
    size = max(2, round(grey.shape[1] * factor)), max(2, round(grey.shape[0] * factor))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _edges(grey: Picture) -> Picture:
    edges = np.zeros(grey.shape, np.uint8)
    across, down = cv2.absdiff(grey[:, 1:], grey[:, :-1]), cv2.absdiff(grey[1:], grey[:-1])
    edges[:, 1:] |= across > EDGE_LEVELS
    edges[1:] |= down > EDGE_LEVELS
    return edges
