"""What the bytes of a container file tell before anything is decoded."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

ISO_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp", b"moof")
EBML_MAGIC = b"\x1a\x45\xdf\xa3"
SEGMENT_ID = b"\x18\x53\x80\x67"
TS_PACKET_BYTES = 188
MEDIA_MAGICS = (
    EBML_MAGIC,
    b"RIFF",
    b"FLV\x01",
    b"OggS",
    b"fLaC",
    b"ID3",
    b"FORM",
    b"caff",
    b"\x00\x00\x01\xba",
    b"\x30\x26\xb2\x75",
    b"\x06\x0e\x2b\x34",
)
ENCRYPTED_ENTRIES = (b"encv", b"enca", b"drmi", b"drms")
"""Sample entries of protected streams: ISO/IEC 14496-12 (8.12) and FairPlay."""
PATH_TO_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
STSD_HEADER_BYTES = 8
MAX_BOXES = 100_000
"""Top-level boxes looked at: a fragment each second for four hours has 29,000."""


class IsoBox(NamedTuple):
    """A box of the ISO base media file format; offsets are absolute, `end` is excluded."""

    name: bytes
    content: int
    end: int


def looks_like_media(path: Path) -> bool:
    """Whether the first bytes are those of a known media container."""
    with path.open("rb") as file:
        head = file.read(4 * TS_PACKET_BYTES)
    is_transport = len(head) == 4 * TS_PACKET_BYTES and set(head[::TS_PACKET_BYTES]) == {0x47}
    return is_iso(head) or head.startswith(MEDIA_MAGICS) or is_transport


def lacks_index(path: Path) -> bool:
    """Whether this is an ISO file (MP4, MOV) without a movie box, so nothing can be found."""
    with path.open("rb") as file:
        if not is_iso(file.read(8)):
            return False
        return all(box.name != b"moov" for box in boxes(file, 0, _size(file)))


def missing_bytes(path: Path) -> int:
    """Bytes that the file should have after its end by its own account, 0 if none.

    Known for ISO, Matroska and RIFF files; others do not say how long they are.
    """
    with path.open("rb") as file:
        head = file.read(64)
        size = _size(file)
        if is_iso(head):
            ends = [box.end for box in boxes(file, 0, size)]
        elif head.startswith(EBML_MAGIC):
            ends = [_segment_end(file)]
        elif head.startswith(b"RIFF"):
            ends = [_riff_end(head)]
        else:
            ends = []
    return max([0, *(end - size for end in ends)])


def is_encrypted(path: Path) -> bool:
    """Whether a stream of an ISO file is protected (common encryption or FairPlay)."""
    with path.open("rb") as file:
        if not is_iso(file.read(8)):
            return False
        return any(name in ENCRYPTED_ENTRIES for name in _sample_entries(file))


def is_iso(head: bytes) -> bool:
    """Whether a file with these first eight bytes is one of ISO boxes, as MP4 and MOV are."""
    return head[4:8] in ISO_FIRST_BOXES


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[IsoBox]:
    """Boxes one after another; the last may claim to end after `end`."""
    for _ in range(MAX_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        header = file.read(16)
        length, name, content = int.from_bytes(header[:4]), header[4:8], start + 8
        if length == 1:
            length, content = int.from_bytes(header[8:16]), start + 16
        elif length == 0:
            length = end - start
        if start + length < content or not name.isascii():
            return
        yield IsoBox(name, content, start + length)
        start += length


def _sample_entries(file: BinaryIO) -> Iterator[bytes]:
    spans = [(0, _size(file))]
    for step in PATH_TO_ENTRIES:
        inner = [box for span in spans for box in boxes(file, *span) if box.name == step]
        spans = [(box.content, box.end) for box in inner]
    for start, end in spans:
        yield from (box.name for box in boxes(file, start + STSD_HEADER_BYTES, end))


def _segment_end(file: BinaryIO) -> int:
    """End of the Matroska segment (RFC 8794, 8.1); 0 while it is unknown, as in a live file."""
    file.seek(4)
    header_length = _variable_int(file)
    if header_length is None:
        return 0
    file.seek(header_length, os.SEEK_CUR)
    if file.read(4) != SEGMENT_ID:
        return 0
    length = _variable_int(file)
    return 0 if length is None else file.tell() + length


def _variable_int(file: BinaryIO) -> int | None:
    """An EBML size (RFC 8794, 4); None for the reserved value `unknown`."""
    first = file.read(1)
    if not first or first[0] == 0:
        return None
    width = 9 - first[0].bit_length()
    mask = (1 << (7 * width)) - 1
    value = int.from_bytes(first + file.read(width - 1)) & mask
    return None if value == mask else value


def _riff_end(head: bytes) -> int:
    """Streamed files write 0 or the highest number instead of a length."""
    length = int.from_bytes(head[4:8], "little")
    return 0 if length in (0, 0xFFFFFFFF) else length + 8
