"""Where the output frame looks at each moment."""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, NamedTuple, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value


class AspectRatio(StrEnum):
    """Shape of a rendered clip."""

    portrait = "9:16"
    square = "1:1"
    tall = "4:5"
    landscape = "16:9"

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the final rendition."""
        return {
            AspectRatio.portrait: (1080, 1920),
            AspectRatio.square: (1080, 1080),
            AspectRatio.tall: (1080, 1350),
            AspectRatio.landscape: (1920, 1080),
        }[self]


class Layout(StrEnum):
    """How the source picture fills the output frame."""

    single = "single"
    """A moving window in the output's shape."""
    split = "split"  # type: ignore[assignment]  # hides str.split, which no layout needs
    """Two speakers, one above the other; side by side in frames that are not upright."""
    three = "three"
    """Three speakers, in the same order as in the picture."""
    screen_face = "screen+face"
    """A shared screen, whole, and the face of who speaks."""
    gameplay_facecam = "gameplay+facecam"
    """The game, and the camera picture that lies in a corner of it."""
    fit = "fit"
    """The whole picture over a blurred copy of itself."""
    waveform = "waveform"
    """Drawn sound, for sources without a picture."""


class Region(NamedTuple):
    """A rectangle of the output frame as fractions of it; (0, 0) is its top left corner."""

    x: float
    y: float
    width: float
    height: float

    def in_px(self, size_px: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, width and height in a frame of even size; all even, as 4:2:0 needs.

        Regions that share an edge as fractions share it in pixels.
        """
        left, right = (_even(edge, size_px[0]) for edge in (self.x, self.x + self.width))
        top, bottom = (_even(edge, size_px[1]) for edge in (self.y, self.y + self.height))
        return left, top, right - left, bottom - top


def _even(edge: float, size_px: int) -> int:
    return 2 * round(round(edge * size_px / 2, 3))


WHOLE = Region(0.0, 0.0, 1.0, 1.0)


class CropPoint(Value):
    """Centre of the crop window from this time on, as fractions of the display picture."""

    time_ms: NonNegativeInt
    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)


class CropPath(Value):
    """A crop window: fixed size, moving centre, in source time.

    Points are in order, the first at or before the span's start. Between two points of
    one scene the centre moves linearly; at a time in `jumps_ms` it jumps.
    """

    width_px: PositiveInt
    height_px: PositiveInt
    """Size of the window in display pixels of the source."""
    points: tuple[CropPoint, ...] = Field(min_length=1)
    jumps_ms: tuple[NonNegativeInt, ...] = ()
    followed: str = "centre"
    """What the window follows: `face`, `motion`, `centre`, `screen` or `given`."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if any(after.time_ms <= before.time_ms for before, after in pairwise(self.points)):
            raise ValueError("points must be in order of time")
        return self


class Pane(Value):
    """A part of the output frame and the window of the source that fills it."""

    region: Region = WHOLE
    path: CropPath
    """The window has the shape of the region."""


PANES = {
    Layout.single: 1,
    Layout.split: 2,
    Layout.three: 3,
    Layout.screen_face: 2,
    Layout.gameplay_facecam: 2,
    Layout.fit: 0,
    Layout.waveform: 0,
}
"""How many panes a layout has."""


class FramedSpan(Value):
    """A stretch of the source with one layout.

    The panes of `screen+face` are the screen, then the face; those of
    `gameplay+facecam` the camera picture, then the game.
    """

    span: TimeRange
    layout: Layout
    panes: tuple[Pane, ...] = ()
    reason: str

    @model_validator(mode="after")
    def _check_panes(self) -> Self:
        if len(self.panes) != PANES[self.layout]:
            raise ValueError(f"layout {self.layout} has {PANES[self.layout]} panes")
        return self


class Framing(Value):
    """How one clip looks at its source: spans in source time, in order, without overlap.

    They cover all that is kept; where two meet inside a kept span, the picture cuts.
    """

    spans: tuple[FramedSpan, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        for before, after in pairwise(self.spans):
            if after.span.start_ms < before.span.end_ms:
                raise ValueError("spans must be in order and must not overlap")
        return self

    def at(self, source_ms: int) -> FramedSpan:
        """The span that a moment belongs to; the nearest when none covers it."""
        return min(
            self.spans,
            key=lambda framed: max(
                framed.span.start_ms - source_ms, source_ms - framed.span.end_ms + 1, 0
            ),
        )


class LayoutChoice(Value):
    """A layout that a person asks for during a span of the source."""

    span: TimeRange
    layout: Layout


Share = Annotated[float, Field(ge=0, le=1)]


class ReframeSettings(Value):
    """The node `reframe`: the shape of the clip and what it looks at."""

    aspect_ratio: AspectRatio = AspectRatio.portrait
    layout: Layout | None = None
    """One layout for the whole clip; None chooses for each shot."""
    layouts: tuple[LayoutChoice, ...] = ()
    """Layouts for parts of the source; they win over `layout`, later ones over earlier ones."""
    centre: tuple[Share, Share] | None = None
    """Where the window of `single` stands still, as fractions of the picture; shots without a
    given layout are then `single`."""
