"""Where the output frame looks at each moment."""

from enum import StrEnum

from pydantic import Field, NonNegativeInt, PositiveInt

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

    crop = "crop"
    """A moving window in the output's shape."""
    fit = "fit"
    """The whole picture over a blurred copy of itself."""
    waveform = "waveform"
    """Drawn sound, for sources without a picture."""


class CropPoint(Value):
    """Centre of the crop window from this time on, as fractions of the display picture."""

    time_ms: NonNegativeInt
    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)


class CropPath(Value):
    """The crop window of one clip: fixed size, moving centre, in source time.

    Points are in order, the first at or before the clip's start. Between two points of
    one scene the centre moves linearly; at a time in `jumps_ms` it jumps.
    """

    width_px: PositiveInt
    height_px: PositiveInt
    """Size of the window in display pixels of the source."""
    points: tuple[CropPoint, ...]
    jumps_ms: tuple[NonNegativeInt, ...] = ()
    followed: str = "centre"
    """What the window follows: `face`, `motion` or `centre`."""


class Framing(Value):
    """How one clip looks at its source."""

    span: TimeRange
    layout: Layout
    path: CropPath | None = None
    reason: str
