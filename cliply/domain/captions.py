"""Captions: words on screen, grouped into cues."""

from enum import StrEnum

from pydantic import Field, PositiveInt

from cliply.domain.attachments import AttachmentName
from cliply.domain.colours import Colour
from cliply.domain.scripts import joined
from cliply.domain.timing import TimeRange
from cliply.domain.value import Value, small_value


class CaptionStyle(StrEnum):
    """How captions look in the picture."""

    highlight_word = "highlight_word"
    karaoke = "karaoke"
    pop_in = "pop_in"
    typewriter = "typewriter"
    bounce = "bounce"
    none = "none"
    """No captions in the picture; sidecar files are written all the same."""


class CaptionPosition(StrEnum):
    """Where captions stand inside the safe area."""

    top = "top"
    middle = "middle"
    bottom = "bottom"


@small_value
class CueWord:
    """One word of a cue, in clip time."""

    text: str
    span: TimeRange


class Cue(Value):
    """Words that are on screen together, in clip time (0 is the clip's first frame)."""

    span: TimeRange
    words: tuple[CueWord, ...]

    @property
    def text(self) -> str:
        return joined([word.text for word in self.words])


class CaptionSettings(Value):
    """The node `captions`: what a person chooses."""

    style: CaptionStyle = CaptionStyle.highlight_word
    font: AttachmentName | None = None
    """A family that comes along, or an uploaded font by its attachment's name."""
    size: float = Field(default=1.0, ge=0.5, le=2.0)
    """Relative to the size that suits the shape of the clip."""
    text_colour: Colour = "#FFFFFF"
    accent_colour: Colour = "#FFD60A"
    outline_colour: Colour = "#000000"
    outline: float = Field(default=1.0, ge=0, le=3)
    """Relative to the usual width; 0 draws none."""
    position: CaptionPosition = CaptionPosition.bottom
    words_per_line: PositiveInt | None = Field(default=None, le=12)
    """Most words of a line; up to three also make the cue that one line."""
    uppercase: bool = False
    emoji: bool = False
    """Puts an emoji beside words of the dictionary."""
    mask_profanity: bool = False
    cues: tuple[Cue, ...] | None = None
    """Cues that a person has edited, in clip time; None makes them from the transcript."""


class FontRef(Value):
    """A font that captions are set in."""

    family: str
    content_hash: str
    """BLAKE2b-256 of the file, hexadecimal."""


class CaptionSeam(Value):
    """A line between two panes, on which captions cover no face."""

    span: TimeRange
    """In clip time."""
    y: float = Field(gt=0, lt=1)
    """Height as a fraction of the frame, from its top."""


class CaptionSpec(Value):
    """Captions to burn in, to the pixel; a smaller frame has all lengths in proportion."""

    style: CaptionStyle
    fonts: tuple[FontRef, ...] = Field(min_length=1)
    """The main font, then those for scripts and signs that it lacks."""
    language: str = "und"
    """BCP 47, guessed from the script: shapes of Han letters differ between languages."""
    size_px: float = Field(gt=0)
    """The em of every font."""
    text_colour: Colour = "#FFFFFF"
    accent_colour: Colour = "#FFD60A"
    outline_colour: Colour = "#000000"
    outline_px: float = Field(default=6.0, ge=0)
    position: CaptionPosition = CaptionPosition.bottom
    seams: tuple[CaptionSeam, ...] = ()
    """Where captions at the foot stand on a line between panes instead."""
    words_per_line: PositiveInt | None = None
    uppercase: bool = False
    left_px: float = Field(ge=0)
    right_px: float = Field(ge=0)
    top_px: float = Field(ge=0)
    bottom_px: float = Field(ge=0)
    """Margins of the safe area: no part of a caption lies outside it."""
    notes: tuple[str, ...] = ()
    """What had to be done otherwise than asked, such as a font without needed glyphs."""
