"""One font file: what it is called, which letters it has, how wide they are."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path

import uharfbuzz as hb

from cliply.domain.captions import FontRef
from cliply.errors import ErrorCode, MediaError
from cliply.media.hashing import hash_file

BOLD = 700
FAMILY_NAME, TYPOGRAPHIC_FAMILY, INSTANCE_STEM = 1, 16, 25
"""Name ids of OpenType's table `name`."""

FEATURES = {"kern": True, "liga": True, "clig": True}
"""Of OpenType, as libass asks for them in a document with `Kerning: yes`."""


@dataclass(frozen=True)
class Extent:
    """Room that some letters take, in em from where the first of them stands.

    `advance` is where the next letter would stand. libass places text by a box from `start`
    to `end`, which differs from that where letters are moved onto each other. The ink lies
    between `left` and `right` and between `top` and `bottom`, positive above the baseline.
    """

    advance: float
    start: float
    end: float
    left: float
    right: float
    top: float
    bottom: float

    def moved(self, by: float) -> "Extent":
        """The same letters further to the right."""
        return Extent(
            self.advance + by, self.start + by, self.end + by, self.left + by, self.right + by,
            self.top, self.bottom,
        )  # fmt: skip


NOTHING = Extent(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def around(extents: Sequence[Extent]) -> Extent:
    """Room of letters that stand at their places already, from left to right."""
    if not extents:
        return NOTHING
    return Extent(
        extents[-1].advance,
        min(one.start for one in extents),
        max(one.end for one in extents),
        min(one.left for one in extents),
        max(one.right for one in extents),
        max(one.top for one in extents),
        min(one.bottom for one in extents),
    )


@dataclass(frozen=True)
class Typeface:
    """A font file as libass finds and sets it: in bold where it has one."""

    path: Path
    packaged: bool = True

    @cached_property
    def ref(self) -> FontRef:
        return FontRef(family=self.family, content_hash=hash_file(self.path))

    @cached_property
    def family(self) -> str:
        names = (self._face.get_name(TYPOGRAPHIC_FAMILY), self._face.get_name(FAMILY_NAME))
        return next((name for name in names if name), self.path.stem)

    @cached_property
    def letters(self) -> frozenset[int]:
        """Code points that it draws."""
        return frozenset(self._face.unicodes)

    @cached_property
    def ass_font(self) -> tuple[str, int]:
        """Name and weight that make libass choose this file, and its bold.

        The bold of a packaged variable font is asked for by its full name: asked for by
        family and weight, libass chooses the same but thickens it once more by 1/64 em, as
        the file itself says that it is regular.
        """
        if not self._is_variable:
            return self.family, self._weight
        if self._bold_name and self.packaged:
            return f"{self.family} {self._bold_name}", 0
        return self.family, BOLD if self._bold_name else 0

    @cached_property
    def ascent(self) -> float:
        """Of a line above its baseline, in em (OpenType, table OS/2: usWinAscent)."""
        return self._win_metrics[0]

    @cached_property
    def descent(self) -> float:
        """Of a line below its baseline, in em (usWinDescent)."""
        return self._win_metrics[1]

    @property
    def line_height(self) -> float:
        """ASS font sizes are this height, not the em, as they were in Windows' GDI."""
        return self.ascent + self.descent

    def extent(self, text: str, from_right: bool = False) -> Extent:
        """Room of a text of one direction when it is shaped by HarfBuzz, as libass does."""
        return _extent(self, text, from_right)

    def measure(self, text: str, from_right: bool) -> Extent:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if from_right else "ltr"
        hb.shape(self._font, buffer, FEATURES)
        glyphs = zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        x, parts = 0.0, []
        for _, cluster in groupby(glyphs, key=lambda glyph: glyph[0].cluster):
            part = self._cluster([(info.codepoint, place) for info, place in cluster]).moved(x)
            parts.append(part)
            x = part.advance
        return around(parts)

    def _cluster(self, glyphs: list[tuple[int, hb.GlyphPosition]]) -> Extent:
        """Room of one letter and its marks; libass takes the place of the first for all."""
        em, x, boxes = self._face.upem, 0, []
        for glyph, place in glyphs:
            box = self._font.get_glyph_extents(glyph)
            if box and box.width:
                left, top = x + place.x_offset + box.x_bearing, place.y_offset + box.y_bearing
                boxes.append((left, left + box.width, top, top + box.height))
            x += place.x_advance
        start = glyphs[0][1].x_offset
        lefts, rights, tops, bottoms = zip(*boxes or [(start, start + x, 0, 0)], strict=True)
        return Extent(
            x / em, start / em, (start + x) / em,
            min(lefts) / em, max(rights) / em, max(tops) / em, min(bottoms) / em,
        )  # fmt: skip

    @cached_property
    def _face(self) -> hb.Face:
        face = hb.Face(hb.Blob.from_file_path(str(self.path)))
        if not face.glyph_count or not face.unicodes:
            raise MediaError(
                ErrorCode.attachment_not_font,
                f"{self.path.name} is not a font that can be read. Upload it as TTF or OTF.",
            )
        return face

    @cached_property
    def _font(self) -> hb.Font:
        font = hb.Font(self._face)
        if self._bold_name:
            font.set_variations({"wght": BOLD})
        return font

    @cached_property
    def _is_variable(self) -> bool:
        return any(axis.tag == "wght" for axis in self._face.axis_infos)

    @cached_property
    def _bold_name(self) -> str | None:
        """What a variable font calls its bold; None when there is none that can be named.

        fontconfig finds it only where the font tells the stem of its instances' names.
        """
        if not self._is_variable or not self._face.get_name(INSTANCE_STEM):
            return None
        axis = [axis.tag for axis in self._face.axis_infos].index("wght")
        for instance in self._face.named_instances:
            if instance.design_coords[axis] == BOLD:
                return str(self._face.get_name(instance.subfamily_name_id))
        return None

    @cached_property
    def _weight(self) -> int:
        return int(struct.unpack_from(">H", self._table("OS/2"), 4)[0]) or 400

    @cached_property
    def _win_metrics(self) -> tuple[float, float]:
        """As libass takes them: those of Windows, else those of the table `hhea`."""
        ascent, descent = struct.unpack_from(">HH", self._table("OS/2"), 74)
        if not ascent + descent:
            ascent, descent = struct.unpack_from(">hh", self._table("hhea"), 4)
            descent = -descent
        return ascent / self._face.upem, descent / self._face.upem

    def _table(self, tag: str) -> bytes:
        """A table of the font; zeros when it has none."""
        return bytes(self._face.reference_table(tag).data) or bytes(96)


@lru_cache(maxsize=20_000)
def _extent(face: Typeface, text: str, from_right: bool) -> Extent:
    return face.measure(text, from_right)
