"""The fonts of captions: where they are and how wide words are in them."""

import hashlib
import struct
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import ImageFont

FAMILY = "Poppins"
FALLBACK_FAMILY = "Noto Sans"
"""Has the Greek and Cyrillic letters that Poppins lacks."""

BOLD = 700
MEASURED_EM_PX = 200.0
"""Words are measured once at this size; widths grow in proportion."""

LAST_LATIN = 0x24F
"""Poppins has what comes before, and Devanagari, which the fallback has too."""


@dataclass(frozen=True)
class Typeface:
    """One font file in bold."""

    path: Path

    @cached_property
    def _font(self) -> ImageFont.FreeTypeFont:
        font = ImageFont.truetype(self.path, MEASURED_EM_PX)
        if b"fvar" in self._tables:
            font.set_variation_by_name("Bold")
        return font

    @cached_property
    def _tables(self) -> dict[bytes, bytes]:
        data = self.path.read_bytes()
        (count,) = struct.unpack_from(">H", data, 4)
        records = (struct.unpack_from(">4sLLL", data, 12 + 16 * row) for row in range(count))
        return {tag: data[start : start + length] for tag, _, start, length in records}

    @cached_property
    def line_height(self) -> float:
        """Height of a line in em: usWinAscent + usWinDescent (OpenType, table OS/2).

        ASS font sizes are this height, not the em, as they were in Windows' GDI.
        """
        (units_per_em,) = struct.unpack_from(">H", self._tables[b"head"], 18)
        ascent, descent = struct.unpack_from(">HH", self._tables[b"OS/2"], 74)
        return float(ascent + descent) / float(units_per_em)

    def width_em(self, text: str) -> float:
        """Advance of a text in em, kerning included."""
        return float(self._font.getlength(text)) / MEASURED_EM_PX


@dataclass(frozen=True)
class CaptionFonts:
    """The font that captions are set in, and the one for letters it lacks."""

    main: Typeface
    fallback: Typeface

    @property
    def family(self) -> str:
        return FAMILY

    @cached_property
    def digest(self) -> str:
        """SHA-256 over both files, first 16 hexadecimal digits."""
        content = self.main.path.read_bytes() + self.fallback.path.read_bytes()
        return hashlib.sha256(content).hexdigest()[:16]

    def width_em(self, text: str) -> float:
        """Width of a text in em of the main font, as libass sets it.

        libass gives both fonts the same line height, so the fallback has another em.
        """
        width = self.main.width_em(text)
        if all(ord(letter) <= LAST_LATIN for letter in text):
            return width
        scale = self.main.line_height / self.fallback.line_height
        return max(width, self.fallback.width_em(text) * scale)


@lru_cache(maxsize=1)
def caption_fonts() -> CaptionFonts:
    """The packaged caption fonts; nothing of the system's fonts is used."""
    import fontpkg  # looks through installed packages, so not at import

    return CaptionFonts(
        main=Typeface(Path(fontpkg.path(FAMILY, BOLD))),
        fallback=Typeface(Path(fontpkg.path(FALLBACK_FAMILY, BOLD))),
    )


def install(fonts: CaptionFonts, folder: Path) -> dict[str, str]:
    """Fill a folder with the fonts; the environment that shows FFmpeg these and no others.

    Without it, libass asks the system's fontconfig for letters the caption font lacks, and
    the same spec looks different on another machine.
    """
    folder.mkdir()
    for face in (fonts.main, fonts.fallback):
        (folder / face.path.name).symlink_to(face.path)
    config = folder.parent / "fonts.conf"
    config.write_text(
        f"<fontconfig><dir>{escape(str(folder.absolute()))}</dir>"
        f"<cachedir>{escape(str(folder.parent.absolute() / 'fontcache'))}</cachedir></fontconfig>"
    )
    return {"FONTCONFIG_FILE": str(config.absolute())}
