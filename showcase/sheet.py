"""Contact sheets: labelled pictures in strips, as one JPEG."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

MOST_BYTES = 350_000
QUALITIES = (85, 80, 75, 70)
"""The first that keeps a sheet small enough is taken."""

GROUND, HEADING, LABEL = (248, 250, 252), (15, 23, 42), (71, 85, 105)

MARGIN_PX, GAP_PX = 16, 10
HEADING_PX, STRIP_PX, CELL_PX = 30, 19, 15
"""Type sizes of a sheet's heading, a strip's label and a picture's label."""


@dataclass(frozen=True)
class Cell:
    """A picture and what is written under it."""

    picture: Image.Image
    label: str


@dataclass(frozen=True)
class Strip:
    """Pictures side by side and what is written above them."""

    label: str
    cells: tuple[Cell, ...]

    @property
    def width_px(self) -> int:
        cells = sum(cell.picture.width for cell in self.cells) + GAP_PX * (len(self.cells) - 1)
        return max(cells, round(_font(STRIP_PX).getlength(self.label)))

    @property
    def height_px(self) -> int:
        return max(cell.picture.height for cell in self.cells) + STRIP_PX + CELL_PX + 18


def contact_sheet(heading: str, strips: Sequence[Strip], width_px: int) -> bytes:
    """Strips from left to right and from the top, as a JPEG of at most 350 kB.

    Raises ValueError when it can not be made so small: show less, or show it smaller.
    """
    lines = _lines(strips, width_px)
    heights = [max(strip.height_px for strip in line) for line in lines]
    top = MARGIN_PX + HEADING_PX + 18
    height = top + sum(heights) + GAP_PX * len(lines)
    picture = Image.new("RGB", (width_px, height), GROUND)
    pen = ImageDraw.Draw(picture)
    pen.text((MARGIN_PX, MARGIN_PX), heading, HEADING, _font(HEADING_PX))
    for line, line_height in zip(lines, heights, strict=True):
        left = MARGIN_PX
        for strip in line:
            _draw(strip, left, top, picture, pen)
            left += strip.width_px + 3 * GAP_PX
        top += line_height + GAP_PX
    return _jpeg(picture)


def _lines(strips: Sequence[Strip], width_px: int) -> list[list[Strip]]:
    """Strips in the order given, as many beside each other as there is room for."""
    lines: list[list[Strip]] = []
    room = 0
    for strip in strips:
        if strip.width_px > room:
            lines.append([])
            room = width_px - 2 * MARGIN_PX
        lines[-1].append(strip)
        room -= strip.width_px + 3 * GAP_PX
    return lines


def _draw(
    strip: Strip, left: int, top: int, picture: Image.Image, pen: ImageDraw.ImageDraw
) -> None:
    pen.text((left, top), strip.label, HEADING, _font(STRIP_PX))
    top += STRIP_PX + 8
    for cell in strip.cells:
        picture.paste(cell.picture, (left, top))
        pen.text((left, top + cell.picture.height + 3), cell.label, LABEL, _font(CELL_PX))
        left += cell.picture.width + GAP_PX


def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)


def _jpeg(picture: Image.Image) -> bytes:
    for quality in QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= MOST_BYTES:
            return buffer.getvalue()
    raise ValueError(f"the sheet has {buffer.tell()} bytes, the most is {MOST_BYTES}")
