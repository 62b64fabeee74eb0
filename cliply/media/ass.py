"""Text in the notation of Advanced SubStation Alpha, as libass reads it."""

import re

import pysubs2

from cliply.domain.colours import Colour
from cliply.media.typefaces import Typeface
from cliply.media.typesetting import PlacedWord

WORD_JOINER = "\N{WORD JOINER}"
"""Parts a backslash from the letter that would make it a command; takes no room."""

RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT MARK}"

SHADOW_ALPHA = 0x70
"""56 % opaque."""

BY_CONTENT = -1
"""The encoding that makes libass find a text's direction by its first letter."""


def new_document(size_px: tuple[int, int], language: str) -> pysubs2.SSAFile:
    """A document without styles or events, in pixels of the frame."""
    document = pysubs2.SSAFile()
    document.info.update(
        PlayResX=str(size_px[0]),
        PlayResY=str(size_px[1]),
        WrapStyle="2",
        ScaledBorderAndShadow="yes",
        Kerning="yes",  # off in libass when nothing is said, unlike HarfBuzz's default
    )
    if language != "und":
        document.info["Language"] = language
    return document


def style(
    family: str, text: Colour, outline: Colour, outline_px: float, shadow_px: float
) -> pysubs2.SSAStyle:
    """A style of text that is placed by its middle."""
    return pysubs2.SSAStyle(
        fontname=family,
        primarycolor=_colour(text),
        secondarycolor=_colour(text),
        outlinecolor=_colour(outline),
        backcolor=pysubs2.Color(0, 0, 0, SHADOW_ALPHA),
        outline=round(outline_px, 2),
        shadow=round(shadow_px, 2),
        alignment=pysubs2.Alignment.MIDDLE_CENTER,
        encoding=BY_CONTENT,
    )


def bgr(colour: Colour) -> str:
    """A colour inside an override tag."""
    return f"&H{colour[5:7]}{colour[3:5]}{colour[1:3]}&"


def _colour(colour: Colour) -> pysubs2.Color:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return pysubs2.Color(red, green, blue)


def escaped(text: str) -> str:
    """Text that libass shows letter by letter, whatever commands it looks like."""
    safe = re.sub(r"\\(?=[nNh{}])", lambda _: "\\" + WORD_JOINER, text)
    return safe.replace("{", r"\{").replace("}", r"\}")


def event(start_ms: int, end_ms: int, tags: str, text: str, layer: int = 0) -> pysubs2.SSAEvent:
    """Something drawn from one moment to another, both in hundredths of a second."""
    return pysubs2.SSAEvent(
        start=in_hundredths(start_ms), end=in_hundredths(end_ms), text=f"{{{tags}}}{text}",
        layer=layer,
    )  # fmt: skip


def in_hundredths(time_ms: int) -> int:
    """A time that ASS can tell, in ms; events that meet must be rounded alike."""
    return (time_ms + 5) // 10 * 10


def font_tags(face: Typeface, em_px: float) -> str:
    name, weight = face.ass_font
    return rf"\fn{name}\b{weight}\fs{em_px * face.line_height:.2f}"


def letters(word: PlacedWord) -> str:
    """The letters of a placed word with their fonts."""
    runs = (f"{{{font_tags(run.face, word.em_px)}}}{escaped(run.text)}" for run in word.shaped.runs)
    return direction_mark(word) + "".join(runs)


def direction_mark(word: PlacedWord) -> str:
    """What makes libass put a word's punctuation on the side where it belongs."""
    return RIGHT_TO_LEFT if word.among_from_right else ""
