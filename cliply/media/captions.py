"""Captions as files: ASS to burn in, SRT and VTT to go along with the clip."""

import re
from collections.abc import Sequence

import pysubs2

from cliply.domain.captions import CaptionStyle, Cue
from cliply.domain.framing import AspectRatio
from cliply.domain.rendering import CaptionSpec
from cliply.media.fonts import CaptionFonts
from cliply.media.typesetting import GROWTH, Line, set_lines

WHITE = pysubs2.Color(255, 255, 255)
ACCENT = pysubs2.Color(255, 214, 10)
OUTLINE = pysubs2.Color(0, 0, 0)
SHADOW = pysubs2.Color(0, 0, 0, 112)

OUTLINE_EM = 0.075
SHADOW_EM = 0.03

FADE_MS = 70
"""How long a word takes to light up or go out."""

TITLE_EM = 0.045
"""Size of a title, as a part of the frame's height."""

TITLE_BOTTOM = 0.68
"""Lower edge of a title, as a part of the frame's height above its end."""

WORD_JOINER = "\N{WORD JOINER}"
"""Parts a backslash from the letter that would make it a command; takes no room."""


def caption_spec(style: CaptionStyle, aspect: AspectRatio, fonts: CaptionFonts) -> CaptionSpec:
    """Type large enough to read on a phone, above what platforms draw over a clip's foot."""
    width, height = aspect.size_px
    margin = 0.15 if aspect is AspectRatio.portrait else 0.1
    return CaptionSpec(
        style=style,
        font_family=fonts.family,
        font_hash=fonts.digest,
        size_px=round(min(0.065 * height, 0.08 * width)),
        bottom_margin_px=round(margin * height),
    )


def ass_document(
    cues: Sequence[Cue],
    captions: CaptionSpec | None,
    frame_px: tuple[int, int],
    fonts: CaptionFonts,
    *,
    title: str | None = None,
    duration_ms: int = 0,
) -> str:
    """Everything that is written into the picture, for libass; times are clip time.

    Every word is placed by its measured width, so words stay where they are while one of
    them grows, and none leaves the frame. `title` stands in the upper third for
    `duration_ms`. `captions.size_px` is the em; an ASS font size is the height of a line.
    """
    document = pysubs2.SSAFile()
    document.info.update(
        PlayResX=str(frame_px[0]),
        PlayResY=str(frame_px[1]),
        WrapStyle="2",
        ScaledBorderAndShadow="yes",
    )
    document.styles = {"Default": pysubs2.SSAStyle(fontname=fonts.family, bold=True)}
    if captions and captions.style is not CaptionStyle.none:
        document.styles["Caption"] = _style(fonts, captions.size_px)
        for cue in cues:
            document.extend(_cue_events(cue, captions, frame_px, fonts))
    if title:
        size = frame_px[1] * TITLE_EM
        document.styles["Title"] = _style(fonts, size)
        document.extend(_title_events(title, size, frame_px, fonts, duration_ms))
    return document.to_string("ass")


def srt_document(cues: Sequence[Cue]) -> str:
    """SubRip; empty when nothing is said."""
    return _sidecar(cues).to_string("srt")


def vtt_document(cues: Sequence[Cue]) -> str:
    """WebVTT; only its head when nothing is said."""
    return _sidecar(cues).to_string("vtt")


def _sidecar(cues: Sequence[Cue]) -> pysubs2.SSAFile:
    document = pysubs2.SSAFile()
    document.extend(
        pysubs2.SSAEvent(start=cue.span.start_ms, end=cue.span.end_ms, text=escaped(cue.text))
        for cue in cues
    )
    return document


def escaped(text: str) -> str:
    """Text that libass shows letter by letter, whatever commands it looks like."""
    safe = re.sub(r"\\(?=[nNh{}])", lambda _: "\\" + WORD_JOINER, " ".join(text.split()))
    return safe.replace("{", r"\{").replace("}", r"\}")


def _style(fonts: CaptionFonts, em_px: float) -> pysubs2.SSAStyle:
    return pysubs2.SSAStyle(
        fontname=fonts.family,
        fontsize=round(em_px * fonts.main.line_height, 1),
        primarycolor=WHITE,
        secondarycolor=WHITE,
        outlinecolor=OUTLINE,
        backcolor=SHADOW,
        bold=True,
        outline=round(em_px * OUTLINE_EM, 1),
        shadow=round(em_px * SHADOW_EM, 1),
        alignment=pysubs2.Alignment.MIDDLE_CENTER,
    )


def _cue_events(
    cue: Cue, captions: CaptionSpec, frame_px: tuple[int, int], fonts: CaptionFonts
) -> list[pysubs2.SSAEvent]:
    lines = set_lines(
        [word.text for word in cue.words],
        fonts,
        em_px=captions.size_px,
        frame_px=frame_px,
        bottom_px=captions.bottom_margin_px,
    )
    draw = _lit_word if captions.style is CaptionStyle.highlight_word else _filled_word
    return [
        _event(cue.span.start_ms, cue.span.end_ms, "Caption", line, fonts, place, draw(cue, word))
        for line in lines
        for place, word in enumerate(line.words)
    ]


def _event(
    start_ms: int,
    end_ms: int,
    style: str,
    line: Line,
    fonts: CaptionFonts,
    place: int,
    text: str,
) -> pysubs2.SSAEvent:
    x, y = line.centres_px[place], line.centre_y_px
    size = line.em_px * fonts.main.line_height
    return pysubs2.SSAEvent(
        start=start_ms,
        end=end_ms,
        style=style,
        text=rf"{{\pos({x:.1f},{y:.1f})\fs{size:.1f}}}{text}",
    )


def _lit_word(cue: Cue, number: int) -> str:
    """A word that takes the accent colour and grows while it is said."""
    word = cue.words[number]
    start = word.span.start_ms - cue.span.start_ms
    end = word.span.end_ms - cue.span.start_ms
    grown = round(100 * GROWTH)
    lit = rf"\t({start},{start + FADE_MS},\1c{_bgr(ACCENT)}\fscx{grown}\fscy{grown})"
    out = rf"\t({end},{end + FADE_MS},\1c{_bgr(WHITE)}\fscx100\fscy100)"
    return f"{{{lit}{out}}}{escaped(word.text)}"


def _filled_word(cue: Cue, number: int) -> str:
    """A word that fills with the accent colour from left to right while it is said."""
    word = cue.words[number]
    wait = (word.span.start_ms - cue.span.start_ms) // 10
    length = max(1, word.span.duration_ms // 10)
    return rf"{{\1c{_bgr(ACCENT)}\k{wait}}}{{\kf{length}}}{escaped(word.text)}"


def _bgr(colour: pysubs2.Color) -> str:
    return f"&H{colour.b:02X}{colour.g:02X}{colour.r:02X}&"


def _title_events(
    title: str, em_px: float, frame_px: tuple[int, int], fonts: CaptionFonts, duration_ms: int
) -> list[pysubs2.SSAEvent]:
    words = title.split()
    lines = set_lines(
        words,
        fonts,
        em_px=em_px,
        frame_px=frame_px,
        bottom_px=frame_px[1] * TITLE_BOTTOM,
        max_lines=3,
    )
    return [
        _event(0, duration_ms, "Title", line, fonts, place, escaped(words[word]))
        for line in lines
        for place, word in enumerate(line.words)
    ]
