"""Writes a clip's title on its poster, in any script that the packaged fonts have."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont, features

from cliply.domain.faces import Box
from cliply.media.fonts import packaged_fonts
from cliply.media.typefaces import Typeface

FAMILIES = (
    "Poppins", "Noto Sans", "Noto Sans Arabic", "Heebo", "Noto Sans Devanagari", "Noto Sans Thai",
    "Noto Sans CJK JP",
)  # fmt: skip
"""In order of preference; each has Latin letters and digits beside its own script."""

LARGEST_EM, SMALLEST_EM = 0.095, 0.055
"""Of the frame's shorter side."""

EM_STEP = 0.93
MOST_LINES = 6
WIDTH = 0.80
"""Of the frame, for the text; the box round it is wider."""

HEIGHT = 0.34
LINE_HEIGHT = 1.32
"""In em: Devanagari and Thai stack signs above and below their letters."""

BOTTOM_PORTRAIT, BOTTOM_OTHER, TOP = 0.76, 0.92, 0.13
"""Where the box ends or begins, of the frame's height.

Under 0.78 platforms lay their own buttons over upright video, and profile grids cut it to
the middle 3:4; above 0.12 stands their header.
"""

FACE_BANDS = ((0.0, 1.0, 1.0), (0.15, 0.6, 4.0))
"""From, to (of a face's height) and weight of what a title must not cover: a face, its eyes."""

PADDING = 0.42
CORNER = 0.35
STROKE = 0.055
"""In em."""

TEXT, OUTLINE, BOX = (255, 255, 255, 255), (0, 0, 0, 255), (0, 0, 0, 150)

ELLIPSIS = "…"

SYLLABLE_START = re.compile("(?=[\u0e40-\u0e44])")
"""Before the Thai vowels that are written ahead of their consonant, a line may end."""


class _Block(NamedTuple):
    """Lines that fit, and the font that they are set in."""

    lines: list[str]
    font: ImageFont.FreeTypeFont
    em_px: float
    direction: str | None
    """`rtl`, `ltr`, or None where Pillow can not be told."""

    @property
    def size_px(self) -> tuple[float, float]:
        widest = max(self.font.getlength(line) for line in self.lines)
        return widest, LINE_HEIGHT * self.em_px * len(self.lines)


def write_title(picture: Image.Image, title: str, faces: Sequence[Box] = ()) -> Image.Image:
    """The picture with the title on a box, above or below so that it covers no face.

    Letters that no packaged font has are left out; with none left, so is the title.
    """
    face = _typeface_for(title)
    text = _drawable(title, face)
    if not text:
        return picture
    block = _fitted(text, face, picture.size)
    return _drawn(picture, block, _place(block, picture.size, faces))


def missing_letters(title: str) -> str:
    """What of a title a poster can not show, each letter once, in order."""
    letters = _typeface_for(title).letters
    return "".join(
        dict.fromkeys(one for one in title if ord(one) not in letters and _is_shown(one))
    )


def _is_shown(letter: str) -> bool:
    """Whether it leaves a mark; joiners and direction marks shape what stands beside them."""
    return not letter.isspace() and unicodedata.category(letter) not in ("Cf", "Cc")


def _typeface_for(title: str) -> Typeface:
    """The first that has most of the letters: one font for all keeps a title in one hand."""
    shown = [ord(letter) for letter in title if _is_shown(letter)]
    faces = [packaged_fonts()[family] for family in FAMILIES]
    return max(faces, key=lambda face: sum(one in face.letters for one in shown))


def _drawable(title: str, face: Typeface) -> str:
    kept = (one for one in title if not _is_shown(one) or ord(one) in face.letters)
    return " ".join("".join(kept).split())


def _font(face: Typeface, em_px: float) -> ImageFont.FreeTypeFont:
    """Shaped by HarfBuzz where Pillow has it, so that Arabic joins and Devanagari stacks."""
    shapes = features.check("raqm")
    engine = ImageFont.Layout.RAQM if shapes else ImageFont.Layout.BASIC
    font = ImageFont.truetype(face.path, em_px, layout_engine=engine)
    if "[" in face.path.name:  # how the packages name variable fonts
        font.set_variation_by_name("Bold")
    return font


def _direction(text: str) -> str | None:
    """That of the first letter which has one, for all lines, as Unicode's rule P2 says."""
    if not features.check("raqm"):
        return None
    kinds = (unicodedata.bidirectional(letter) for letter in text)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return "ltr" if first == "L" else "rtl"


def _fitted(text: str, face: Typeface, size_px: tuple[int, int]) -> _Block:
    """As large as fits in width, height and lines; cut short with an ellipsis when nothing does."""
    width, height = WIDTH * size_px[0], HEIGHT * size_px[1]
    em_px = LARGEST_EM * min(size_px)
    while True:
        font = _font(face, em_px)
        lines = _wrapped(text, font, width)
        most = min(MOST_LINES, int(height / (LINE_HEIGHT * em_px)))
        if len(lines) <= most:
            return _Block(_balanced(text, font, width), font, em_px, _direction(text))
        if em_px * EM_STEP < SMALLEST_EM * min(size_px):
            lines = _shortened(lines, max(1, most), font, width)
            return _Block(lines, font, em_px, _direction(text))
        em_px *= EM_STEP


def _balanced(text: str, font: ImageFont.FreeTypeFont, width_px: float) -> list[str]:
    """The fewest lines, none much longer than the others."""
    lines = _wrapped(text, font, width_px)
    for part in range(95, 45, -5):
        narrower = _wrapped(text, font, width_px * part / 100)
        if len(narrower) > len(lines) or _widest(narrower, font) > width_px * part / 100:
            break
        lines = narrower
    return lines


def _widest(lines: list[str], font: ImageFont.FreeTypeFont) -> float:
    return max(font.getlength(line) for line in lines)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width_px: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width_px:
            lines[-1] = longer
            continue
        *whole, last = _broken(word, font, width_px)
        lines.extend([*whole, last])
    return [line for line in lines if line]


def _broken(word: str, font: ImageFont.FreeTypeFont, width_px: float) -> list[str]:
    """A word in pieces that fit; Thai writes whole sentences without a space."""
    pieces = [""]
    for part in SYLLABLE_START.split(word):
        fits = font.getlength(part) <= width_px
        for unit in [part] if fits else _clusters(part):
            if pieces[-1] and font.getlength(pieces[-1] + unit) > width_px:
                pieces.append("")
            pieces[-1] += unit
    return pieces


def _clusters(word: str) -> list[str]:
    """Letters with the signs that belong to them."""
    clusters: list[str] = []
    for letter in word:
        joins = unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")
        if clusters and (joins or unicodedata.combining(clusters[-1][-1]) == 9):  # a virama
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return clusters


def _shortened(
    lines: list[str], most: int, font: ImageFont.FreeTypeFont, width_px: float
) -> list[str]:
    kept = lines[:most]
    last = kept[-1]
    while last and font.getlength(last + ELLIPSIS) > width_px:
        last = "".join(_clusters(last)[:-1]).rstrip()
    return [*kept[:-1], last + ELLIPSIS]


def _place(
    block: _Block, size_px: tuple[int, int], faces: Sequence[Box]
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the box: below, or above when faces are in the way."""
    width, height = size_px
    across, down = (side + 2 * PADDING * block.em_px for side in block.size_px)
    left = (width - across) / 2
    bottom = (BOTTOM_PORTRAIT if height > 1.5 * width else BOTTOM_OTHER) * height
    tops = (bottom - down, TOP * height)
    top = min(tops, key=lambda one: _covered(faces, one / height, (one + down) / height))
    return left, top, left + across, top + down


def _covered(faces: Sequence[Box], top: float, bottom: float) -> float:
    """Height of faces between two lines, as a part of the picture's height.

    Eyes count for more: a face that fills the frame keeps them and gives its chin.
    """
    bands = [(box.y + from_ * box.height, box.y + to * box.height, weight)
             for box in faces for from_, to, weight in FACE_BANDS]  # fmt: skip
    return sum(weight * max(0.0, min(bottom, low) - max(top, high)) for high, low, weight in bands)


def _drawn(
    picture: Image.Image, block: _Block, place: tuple[float, float, float, float]
) -> Image.Image:
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    pen.rounded_rectangle(place, radius=CORNER * block.em_px, fill=BOX)
    middle = (place[0] + place[2]) / 2
    for number, line in enumerate(block.lines):
        pen.text(
            (middle, place[1] + (PADDING + LINE_HEIGHT * (number + 0.5)) * block.em_px),
            line,
            fill=TEXT,
            font=block.font,
            anchor="mm",
            direction=block.direction,
            stroke_width=max(1, round(STROKE * block.em_px)),
            stroke_fill=OUTLINE,
        )
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")
