"""Uploaded fonts: whether text may be set in them, and by what name."""

import struct
from pathlib import Path

import uharfbuzz
from PIL import ImageFont

from cliply.errors import ErrorCode, InvalidInput

SINGLE = (b"\0\1\0\0", b"true", b"OTTO")
"""First bytes of a file with one font (OpenType 1.9, table directory)."""

OTHERS = {
    b"ttcf": "is a collection of fonts: give one of them as TTF or OTF.",
    b"wOFF": "is a web font (WOFF): convert it to TTF or OTF.",
    b"wOF2": "is a web font (WOFF2): convert it to TTF or OTF.",
}

OUTLINES = frozenset({"glyf", "CFF ", "CFF2"})

RESTRICTED, USAGE = 0x0002, 0x000F
BITMAPS_ONLY = 0x0200
"""Bits of fsType (OpenType 1.9, table OS/2)."""

LONGEST_NAME = 100


def font_family(path: Path) -> str:
    """The family that a TrueType or OpenType font calls itself; raises InvalidInput.

    The name is that of name ID 1, by which libass looks fonts up.
    """
    data = path.read_bytes()
    _check_kind(path, data[:4])
    face = _face(path, data)
    if not face.unicodes or not OUTLINES & set(face.table_tags):
        raise _no_font(path, "has no outlines for letters: give a font for text.")
    _check_licence(path, _table(face, "OS/2"))
    return _family(path, face)


def _check_kind(path: Path, magic: bytes) -> None:
    if magic in OTHERS:
        raise InvalidInput(ErrorCode.attachment_unsupported, f"{path.name} {OTHERS[magic]}")
    if magic not in SINGLE:
        raise _no_font(path, "is not a font: give a TTF or OTF file.")


def _face(path: Path, data: bytes) -> uharfbuzz.Face:
    """HarfBuzz takes anything for a face, FreeType does not: both have to read it."""
    try:
        ImageFont.truetype(path, 20).getbbox("Aa")
    except (OSError, ValueError, SyntaxError):
        raise _damaged(path) from None
    face = uharfbuzz.Face(uharfbuzz.Blob(data))
    if not face.glyph_count or not face.upem:
        raise _damaged(path)
    return face


def _table(face: uharfbuzz.Face, tag: str) -> bytes:
    return bytes(face.reference_table(tag).data) if tag in face.table_tags else b""


def _check_licence(path: Path, os2: bytes) -> None:
    """Fonts without an OS/2 table are older than the bits, and free to embed by them."""
    bits = struct.unpack_from(">H", os2, 8)[0] if len(os2) >= 10 else 0
    if bits & USAGE == RESTRICTED or bits & BITMAPS_ONLY:
        raise InvalidInput(
            ErrorCode.font_not_embeddable,
            f"{path.name} says that it must not be embedded (fsType {bits:#06x}): "
            "ask its maker for a licence that allows video, or give another font.",
        )


def _family(path: Path, face: uharfbuzz.Face) -> str:
    told = face.get_name(uharfbuzz.OTNameIdPredefined.FONT_FAMILY) or ""
    family = "".join(letter for letter in told if letter.isprintable()).strip()
    if not family or len(family) > LONGEST_NAME:
        raise _no_font(path, "has no usable family name: export it again with one.")
    return family


def _no_font(path: Path, what: str) -> InvalidInput:
    return InvalidInput(ErrorCode.attachment_not_font, f"{path.name} {what}")


def _damaged(path: Path) -> InvalidInput:
    return InvalidInput(
        ErrorCode.attachment_damaged,
        f"{path.name} is damaged, it can not be read as a font: export or download it again.",
    )
