"""The nodes `green_screen` and `effects`: what happens to the picture after reframing.

Settings are what a person chooses, in source time. What a render spec holds is placed:
in clip time, with every automatic choice made.
"""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from cliply.domain.attachments import Attachment, AttachmentName
from cliply.domain.colours import Colour
from cliply.domain.framing import Region
from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

Point = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
"""A place in the output frame as fractions of it."""


class ZoomStyle(StrEnum):
    """How the picture comes nearer."""

    smooth_in = "smooth_in"
    """Eases in, holds, eases out."""
    snap = "snap"
    """Jumps in and back."""
    ken_burns = "ken_burns"
    """Drifts in over the whole span."""
    pulse = "pulse"
    """A short beat in and out."""


class ZoomAt(Value):
    """A zoom that a person places."""

    span: TimeRange
    style: ZoomStyle | None = None


class MagicZoom(Value):
    """Zooms at emphasised moments."""

    kind: Literal["magic_zoom"] = "magic_zoom"
    style: ZoomStyle = ZoomStyle.smooth_in
    strength: float = Field(default=1.15, gt=1, le=2)
    """Size of the picture at the height of the zoom."""
    centre: Point = (0.5, 0.4)
    at: tuple[ZoomAt, ...] | None = None
    """Spans of the source, none overlapping; None chooses emphasised sentences."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        spans = sorted((one.span for one in self.at or ()), key=lambda span: span.start_ms)
        if any(one.overlaps(after) for one, after in pairwise(spans)):
            raise ValueError("at: zooms must not overlap")
        return self


class HookTitle(Value):
    """A title over the first seconds."""

    kind: Literal["hook_title"] = "hook_title"
    text: str | None = Field(default=None, min_length=1, max_length=120)
    """None takes the clip's title."""
    duration_ms: int = Field(default=4000, ge=3000, le=5000)
    text_colour: Colour = "#111111"
    box_colour: Colour = "#FFFFFF"


class ProgressBar(Value):
    """A bar that fills while the clip plays."""

    kind: Literal["progress_bar"] = "progress_bar"
    colour: Colour = "#FFD60A"
    height: float = Field(default=0.006, gt=0, le=0.05)
    """As a part of the frame's height."""
    at_top: bool = False


class BRollSpan(Value):
    """Other footage over a span of the source, whose sound goes on."""

    span: TimeRange
    attachment: AttachmentName
    from_ms: NonNegativeInt = 0
    """Where in the footage it begins."""


class BRoll(Value):
    """Other footage in place of the picture."""

    kind: Literal["b_roll"] = "b_roll"
    spans: tuple[BRollSpan, ...] = Field(min_length=1)
    crossfade_ms: int = Field(default=300, ge=0, le=2000)


class EyeContact(Value):
    """Turns the eyes to the camera; needs a model."""

    kind: Literal["eye_contact"] = "eye_contact"
    model: AttachmentName | None = None


Effect = Annotated[
    MagicZoom | HookTitle | ProgressBar | BRoll | EyeContact, Field(discriminator="kind")
]


class Keying(StrEnum):
    """How a person is told from what is behind."""

    chroma = "chroma"
    """By the colour of the backdrop."""
    person = "person"
    """By a segmentation model, from the extra `gpu`."""


class GreenScreen(Value):
    """The node `green_screen`: another background."""

    keying: Keying = Keying.chroma
    colour: Colour | None = None
    """Of the backdrop; None measures it at the picture's edges."""
    similarity: float = Field(default=0.1, gt=0, le=1)
    blend: float = Field(default=0.12, ge=0, le=1)
    background: Colour | AttachmentName = "#101828"
    """A colour, or the name of an attached image or video."""
    model: AttachmentName | None = None
    """Segmentation weights, for `person`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.model is not None and self.keying is Keying.chroma:
            raise ValueError("model is only for keying person")
        if self.colour is not None and self.keying is Keying.person:
            raise ValueError("colour is only for keying chroma")
        return self


class Corner(StrEnum):
    top_left = "top_left"
    top_right = "top_right"
    bottom_left = "bottom_left"
    bottom_right = "bottom_right"


class Logo(Value):
    """A logo or watermark."""

    attachment: AttachmentName
    corner: Corner = Corner.top_right
    width: float = Field(default=0.16, gt=0, le=0.5)
    """As a part of the frame's width."""
    opacity: float = Field(default=0.9, gt=0, le=1)
    margin: float = Field(default=0.04, ge=0, le=0.2)
    """Distance to both edges, as a part of the frame's width."""


class LowerThird(Value):
    """A name and a line under it, on a bar."""

    title: str = Field(min_length=1, max_length=60)
    subtitle: str | None = Field(default=None, min_length=1, max_length=80)
    start_ms: NonNegativeInt = 1000
    """In clip time."""
    duration_ms: PositiveInt = 5000
    text_colour: Colour = "#FFFFFF"
    bar_colour: Colour = "#1D4ED8"


class PlacedZoom(Value):
    """A zoom in clip time."""

    span: TimeRange
    style: ZoomStyle
    strength: float = Field(gt=1, le=2)
    centre: Point


class PlacedTitle(Value):
    """The hook title in clip time."""

    span: TimeRange
    text: str
    text_colour: Colour
    box_colour: Colour


class PlacedOverlay(Value):
    """A picture or footage over the clip: a logo, B-roll."""

    attachment: Attachment
    span: TimeRange
    """In clip time."""
    region: Region
    """Where it lies in the output frame."""
    fills: bool = False
    """Whether it covers its region, cut off there, or has the region's shape and is seen whole."""
    from_ms: NonNegativeInt = 0
    fade_ms: NonNegativeInt = 0
    opacity: float = Field(default=1.0, gt=0, le=1)


class PlacedKey(Value):
    """A new background for the whole clip."""

    keying: Keying
    colour: Colour | None = None
    """Of the backdrop; only for `chroma`."""
    similarity: float = Field(gt=0, le=1)
    blend: float = Field(ge=0, le=1)
    background_colour: Colour | None = None
    background: Attachment | None = None
    model: Attachment | None = None
    """What finds the person; only for `person`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.background_colour is None) == (self.background is None):
            raise ValueError("background is either a colour or an attachment")
        if (self.colour is None) == (self.keying is Keying.chroma):
            raise ValueError("chroma needs a colour, person has none")
        return self


class EffectsSpec(Value):
    """All that happens to the picture after reframing; times are clip time."""

    key: PlacedKey | None = None
    zooms: tuple[PlacedZoom, ...] = ()
    b_roll: tuple[PlacedOverlay, ...] = ()
    progress_bar: ProgressBar | None = None
    lower_third: LowerThird | None = None
    logo: PlacedOverlay | None = None
    title: PlacedTitle | None = None
    notes: tuple[str, ...] = ()
    """What had to be done otherwise than asked, such as an overlay cut to the clip's length."""
