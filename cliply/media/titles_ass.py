"""Text of effects in the picture: hook title, lower third, the heading of drawn sound."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pysubs2

from cliply.domain.captions import CaptionPosition
from cliply.domain.effects import LowerThird, PlacedTitle
from cliply.domain.timing import TimeRange
from cliply.media.ass import bgr, event, letters, style
from cliply.media.bidi import reads_from_right
from cliply.media.safe_areas import SafeArea
from cliply.media.shaping import shape
from cliply.media.typefaces import Typeface
from cliply.media.typesetting import Align, Box, PlacedWord, Setting, hull, set_words

TITLE_EM = 0.062
HEADING_EM = 0.07
NAME_EM, LINE_EM = 0.058, 0.042
"""Type sizes as parts of the frame's shorter side: a title, a heading, both lines of a lower
third."""

PAD_EM = 0.45
"""From the letters of a title to the edge of its box."""

BAR_SIDE_EM, BAR_FOOT_EM = 0.6, 0.45
"""From the letters of a lower third to the edges of its bar, in em of the name."""

RISE_EM = 0.35
"""How far a title moves up while it appears."""

APPEAR_MS, VANISH_MS = 250, 200
SLIDE_MS = 400

HEADING_OUTLINE_EM, HEADING_SHADOW_EM = 0.07, 0.03

ROUND = 0.55228
"""Control points of a quarter circle, as a part of its radius."""

WHITE, BLACK = "#FFFFFF", "#000000"


@dataclass
class Titles:
    """Puts texts other than captions into a document."""

    faces: Sequence[Typeface]
    size_px: tuple[int, int]
    safe: SafeArea
    duration_ms: int
    _foot_px: float = field(default=0.0, init=False)

    @property
    def styles(self) -> dict[str, pysubs2.SSAStyle]:
        family = self.faces[0].family if self.faces else "none"
        plain = style(family, WHITE, BLACK, 0.0, 0.0)
        box = style(family, WHITE, BLACK, 0.0, 0.0)
        box.alignment = pysubs2.Alignment.TOP_LEFT
        return {"Default": plain, "Box": box}

    def keep_free_below(self, height_px: float) -> None:
        """Keep this much above the foot of the safe area free of lower thirds."""
        self._foot_px = height_px

    def draw_title(
        self, title: PlacedTitle, document: pysubs2.SSAFile, seam: float | None = None
    ) -> float:
        """A title on a rounded box at the top, or on a seam between panes, which is as high as
        this part of the frame; how far down it reaches."""
        em_px = self._em(TITLE_EM)
        area = self._upper_third(em_px) if seam is None else self._above(seam, em_px)
        position = CaptionPosition.top if seam is None else CaptionPosition.bottom
        words = self._set(title.text, area, em_px, lines=3, position=position)
        if not words:
            return 0.0
        box = _around(words).grown(PAD_EM * words[0].em_px)
        rise, fade = RISE_EM * em_px, rf"\fad({APPEAR_MS},{VANISH_MS})"
        span = _within(title.span, self.duration_ms)
        sheet = rf"{_rising(box.left, box.top, rise)}{fade}\1c{bgr(title.box_colour)}\p1"
        document.append(_named("Box", event(*span, sheet, _rounded(box, PAD_EM * em_px))))
        for word in words:
            x, y = word.centre_px
            tags = rf"{_rising(x, y, rise)}{fade}\1c{bgr(title.text_colour)}"
            document.append(event(*span, tags, letters(word), layer=1))
        return box.bottom

    def draw_heading(
        self, text: str, after_ms: int, document: pysubs2.SSAFile
    ) -> list[tuple[TimeRange, float]]:
        """White letters in the upper third to the clip's end; when, and how far down."""
        if after_ms >= self.duration_ms:
            return []
        em_px, span = self._em(HEADING_EM), TimeRange(start_ms=after_ms, end_ms=self.duration_ms)
        pad = HEADING_OUTLINE_EM + HEADING_SHADOW_EM
        words = self._set(text, self._upper_third(0.0), em_px, lines=3, pad_em=pad)
        for word in words:
            x, y = word.centre_px
            edge = rf"\bord{HEADING_OUTLINE_EM * em_px:.2f}\shad{HEADING_SHADOW_EM * em_px:.2f}"
            tags = rf"\pos({x:.2f},{y:.2f}){edge}"
            document.append(event(span.start_ms, span.end_ms, tags, letters(word)))
        return [(span, _around(words).bottom)] if words else []

    def draw_lower_third(self, third: LowerThird, document: pysubs2.SSAFile) -> None:
        """A bar with a name and a line, which slides open from its left edge."""
        start = third.start_ms
        end = min(self.duration_ms, start + third.duration_ms)
        words = self._third_words(third)
        if start >= end or not words:
            return
        em_px, ink = self._em(NAME_EM), _around(words)
        foot, side = BAR_FOOT_EM * em_px, BAR_SIDE_EM * em_px
        bar = Box(self._left, ink.top - foot, ink.right + side, ink.bottom + foot)
        slide = _sliding(bar, end - start)
        sheet = rf"\pos({bar.left:.0f},{bar.top:.0f}){slide}\1c{bgr(third.bar_colour)}\p1"
        document.append(_named("Box", event(start, end, sheet, _rounded(bar, 0.18 * em_px))))
        for word in words:
            x, y = word.centre_px
            move = rf"\move({x - em_px:.2f},{y:.2f},{x:.2f},{y:.2f},0,{SLIDE_MS})"
            tags = rf"{move}{slide}\1c{bgr(third.text_colour)}"
            document.append(event(start, end, tags, letters(word), layer=1))

    def _third_words(self, third: LowerThird) -> list[PlacedWord]:
        """Both texts, set to that side of the bar which they are read from."""
        side = BAR_SIDE_EM * self._em(NAME_EM)
        left, right = self._left + side, self._right - side
        words = self._set_third(third, left, right, Align.left)
        if not words or not reads_from_right([third.title]):
            return words
        return self._set_third(third, left, _around(words).right + 1, Align.right)

    def _set_third(
        self, third: LowerThird, left: float, right: float, align: Align
    ) -> list[PlacedWord]:
        """Both texts between two edges, the lower one first."""
        bottom = self.size_px[1] * (1 - self.safe.bottom) - self._foot_px
        bottom -= BAR_FOOT_EM * self._em(NAME_EM)
        words: list[PlacedWord] = []
        for text, part in ((third.subtitle, LINE_EM), (third.title, NAME_EM)):
            em_px = self._em(part)
            room = Box(left, bottom - 2.6 * em_px, right, bottom)
            block = self._set(text or "", room, em_px, lines=1, align=align)
            words += block
            bottom = _around(block).top - 0.3 * em_px if block else bottom
        return words

    @property
    def _left(self) -> float:
        return self.safe.left * self.size_px[0]

    @property
    def _right(self) -> float:
        return (1 - self.safe.right) * self.size_px[0]

    def _em(self, part: float) -> float:
        return part * min(self.size_px)

    def _upper_third(self, pad_px: float) -> Box:
        top, height = self.safe.top * self.size_px[1], self.size_px[1]
        pad = PAD_EM * pad_px
        return Box(self._left + pad, top + pad, self._right - pad, height / 3 - pad)

    def _above(self, seam: float, pad_px: float) -> Box:
        """Where a title stands with its foot on a seam."""
        foot, pad = seam * self.size_px[1], PAD_EM * pad_px
        top = max(self.safe.top * self.size_px[1], foot - self.size_px[1] / 3)
        return Box(self._left + pad, top + pad, self._right - pad, foot - pad)

    def _set(
        self,
        text: str,
        area: Box,
        em_px: float,
        lines: int,
        align: Align = Align.centre,
        pad_em: float = 0.0,
        position: CaptionPosition | None = None,
    ) -> tuple[PlacedWord, ...]:
        usual = CaptionPosition.middle if align is Align.centre else CaptionPosition.bottom
        setting = Setting(
            area=area,
            em_px=em_px,
            position=position or usual,
            align=align,
            from_right=reads_from_right([text]),
            lines=lines,
            pad_em=pad_em,
        )
        return set_words([shape(word, self.faces) for word in text.split()], setting)


def _around(words: Sequence[PlacedWord]) -> Box:
    """From the capitals of the first line to below the baseline of the last, whatever is
    written there, so that boxes of titles do not depend on single letters."""
    ink = hull([word.ink for word in words])
    first, last = (f(word.baseline_px for word in words) for f in (min, max))
    em_px = words[0].em_px
    return Box(
        ink.left, min(ink.top, first - 0.72 * em_px), ink.right, max(ink.bottom, last + 0.2 * em_px)
    )


def _rising(x: float, y: float, rise_px: float) -> str:
    return rf"\move({x:.2f},{y + rise_px:.2f},{x:.2f},{y:.2f},0,{APPEAR_MS})"


def _sliding(bar: Box, length_ms: int) -> str:
    """Tags that open a bar from its left edge, fast first, and close it again."""
    left, top, right, bottom = (round(edge) for edge in bar)
    shut, wide = rf"\clip({left},{top},{left},{bottom})", rf"\clip({left},{top},{right},{bottom})"
    slide_ms = min(SLIDE_MS, length_ms // 2)
    close = rf"\t({length_ms - slide_ms},{length_ms},2,{shut})"
    return rf"{shut}\t(0,{slide_ms},0.5,{wide}){close}"


def _within(span: TimeRange, duration_ms: int) -> tuple[int, int]:
    return span.start_ms, min(span.end_ms, duration_ms)


def _named(name: str, drawn: pysubs2.SSAEvent) -> pysubs2.SSAEvent:
    drawn.style = name
    return drawn


def _rounded(box: Box, radius_px: float) -> str:
    """A rectangle with round corners in the drawing commands of ASS, from its top left."""
    w, h = round(box.width), round(box.height)
    r = min(round(radius_px), w // 2, h // 2)
    c = round(r * (1 - ROUND))
    return (
        f"m {r} 0 l {w - r} 0 b {w - c} 0 {w} {c} {w} {r} l {w} {h - r} "
        f"b {w} {h - c} {w - c} {h} {w - r} {h} l {r} {h} b {c} {h} 0 {h - c} 0 {h - r} "
        f"l 0 {r} b 0 {c} {c} 0 {r} 0"
    )
