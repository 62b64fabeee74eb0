"""The sample tables of an ISO file, of which a reader of one stream needs only that stream's.

FFmpeg turns the tables of every stream (ISO/IEC 14496-12, 8.6 and 8.7) into an index when it
opens a file, whatever is read later: 24 bytes a sample and more while it works, 42 MB for four
hours with AAC and 90 MB on the way. Here a file is read as if the tables of the other streams
ended after their first samples. Those tell all that is known of a stream but its length.
"""

import io
import struct
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeGuard

from cliply.media.structure import IsoBox, boxes, is_iso

MANY_SAMPLES = 100_000
"""Samples of other streams from which on their tables are cut: half an hour of sound, 4 MB."""

KEPT_SAMPLES = 4_096
"""Samples that are left: 10 s of the shortest frames of Opus."""

LATEST_START_S = 10
"""Where edit lists begin later in a stream, its first samples do not tell when it starts."""

COUNT_BYTES = 4
AT_ONCE = 1_024
"""Entries of a table in memory at once."""

NEEDED = {b"stsd", b"stsz", b"stsc", b"stts"}
WALKED = (b"stsc", b"stts", b"ctts")

Patches = dict[int, bytes]
"""Bytes by where in the file they stand in place of its own."""


class Table(NamedTuple):
    """A box of counted entries."""

    count_at: int
    """Where in the file their number stands, four bytes; the entries follow it."""
    entries: int


class Track(NamedTuple):
    """Where the tables of a stream lie, and what is known of them."""

    samples: Table
    chunks: Table
    has_wide_offsets: bool
    others: dict[bytes, Table]
    """`stsc`, `stts` and, where there are any, `ctts`."""
    starts_late: bool
    is_plain: bool
    """Every sample is of one kind and is played, once and in order."""


class Beginning(NamedTuple):
    """What is left of a stream whose own tables are cut, too."""

    track: Track
    """As it is in the file."""
    chunks: int
    samples: int


class Edits(NamedTuple):
    """What the edit list of a track says, in seconds; empty edits left out."""

    starts_s: tuple[Fraction, ...]
    lengths_s: tuple[Fraction, ...]


def other_tables_cut(path: Path, index: int, many: int = MANY_SAMPLES) -> Patches:
    """What to read in place of a file's own bytes by who reads stream `index` alone.

    Nothing where that spares little: where others have less than `many` samples, and where
    samples have no tables or all of one size.
    """
    with path.open("rb") as file:
        tracks = list(_tracks(file))
        cut = [track for n, track in enumerate(tracks) if n != index and _can_be_cut(track)]
        if index >= len(tracks) or sum(_samples(track) for track in cut) < many:
            return {}
        return {at: told for track in cut for at, told in _shortened(file, track).items()}


def stream_cut(
    path: Path, index: int, many: int = MANY_SAMPLES
) -> tuple[Patches, Beginning | None]:
    """The same with a long stream's own tables cut, and where the rest of it begins.

    None where it has to be read with its whole index.
    """
    others = other_tables_cut(path, index, many)
    with path.open("rb") as file:
        track = dict(enumerate(_tracks(file))).get(index)
        if track is None or not track.is_plain or not _can_be_cut(track):
            return others, None
        first = _first_chunks(file, track)
        if track.samples.entries < many or first.samples >= track.samples.entries:
            return others, None
        own = _shortened(file, track)
        return others | own, Beginning(track, first.chunks, first.samples)


def _samples(track: Track | None) -> int:
    return 0 if track is None else track.samples.entries


def _can_be_cut(track: Track | None) -> TypeGuard[Track]:
    return track is not None and track.samples.entries > KEPT_SAMPLES and not track.starts_late


def _tracks(file: BinaryIO) -> Iterator[Track | None]:
    """Each track in the order that FFmpeg numbers streams in; None without such tables."""
    file.seek(0)
    if not is_iso(file.read(8)):
        return
    whole = IsoBox(b"", 0, file.seek(0, io.SEEK_END))
    for movie in _named(file, whole, b"moov"):
        is_whole = next(_named(file, movie, b"mvex"), None) is None
        header = next(_named(file, movie, b"mvhd"), None)
        scale = 0 if header is None else _time_scale(file, header)
        for track in _named(file, movie, b"trak"):
            yield _track(file, track, scale if is_whole else 0)


def _track(file: BinaryIO, box: IsoBox, movie_scale: int) -> Track | None:
    """`movie_scale` is 0 where samples follow that the tables do not tell."""
    media = next(_named(file, box, b"mdia"), None)
    header = media and next(_named(file, media, b"mdhd"), None)
    tables = {} if media is None else _tables(file, media)
    offsets = tables.get(b"stco") or tables.get(b"co64")
    if header is None or offsets is None or not tables.keys() >= NEEDED:
        return None
    sizes = tables[b"stsz"]
    if _number(file, sizes.content + 4):
        return None
    others = {name: _table(file, tables[name]) for name in WALKED if name in tables}
    scale = max(1, _time_scale(file, header))
    edits = _edits(file, box, scale, max(1, movie_scale))
    is_alike = _number(file, tables[b"stsd"].content + 4) == 1
    return Track(
        samples=Table(sizes.content + 8, _number(file, sizes.content + 8)),
        chunks=_table(file, offsets),
        has_wide_offsets=offsets.name == b"co64",
        others=others,
        starts_late=max(edits.starts_s, default=0) > LATEST_START_S,
        is_plain=movie_scale > 0 and is_alike and _all_is_played(file, others, edits, scale),
    )


def _tables(file: BinaryIO, media: IsoBox) -> dict[bytes, IsoBox]:
    inner: IsoBox | None = media
    for name in (b"minf", b"stbl"):
        inner = inner and next(_named(file, inner, name), None)
    return {} if inner is None else {part.name: part for part in boxes(file, *inner[1:])}


def _all_is_played(file: BinaryIO, others: dict[bytes, Table], edits: Edits, scale: int) -> bool:
    """Whether there is one edit at most, and no sample begins after its end."""
    if len(edits.starts_s) > 1 or b"ctts" in others:
        return False
    if not edits.starts_s:
        return True
    numbers = numbers_of(file, others[b"stts"], 0, 2)
    total = last = 0
    for count, length in zip(numbers, numbers, strict=False):
        total, last = total + count * length, length
    end_s = edits.starts_s[0] + edits.lengths_s[0]
    return Fraction(total - last, scale) < end_s


def _shortened(file: BinaryIO, track: Track) -> Patches:
    """Counts that leave the first chunks and what belongs to their samples."""
    first = _first_chunks(file, track)
    if first.samples >= track.samples.entries:
        return {}
    counts = {track.samples.count_at: first.samples, track.chunks.count_at: first.chunks}
    for name, table in track.others.items():
        runs = first.runs if name == b"stsc" else _runs_for(file, table, first.samples)
        counts[table.count_at] = runs
    return {at: count.to_bytes(COUNT_BYTES) for at, count in counts.items()}


class _First(NamedTuple):
    """So many chunks with at least `KEPT_SAMPLES`, and the runs that tell their sizes."""

    chunks: int
    samples: int
    runs: int


def _first_chunks(file: BinaryIO, track: Track) -> _First:
    chunks = samples = 0
    numbers = numbers_of(file, track.others[b"stsc"], 0, 3)
    runs = list(islice(zip(numbers, numbers, numbers, strict=False), KEPT_SAMPLES + 1))
    ends = [run[0] for run in runs[1:]] + [track.chunks.entries + 1]
    for number, ((start, size, _), end) in enumerate(zip(runs, ends, strict=False), 1):
        taken = max(0, min(end - start, -(-(KEPT_SAMPLES - samples) // max(1, size))))
        chunks, samples = chunks + taken, samples + taken * size
        if samples >= KEPT_SAMPLES:
            return _First(chunks, samples, number)
    return _First(track.chunks.entries, track.samples.entries, track.others[b"stsc"].entries)


def _runs_for(file: BinaryIO, table: Table, samples: int) -> int:
    """Runs of a table of (samples, value) that it takes to reach so many samples."""
    numbers, reached = numbers_of(file, table, 0, 2), 0
    for run, (count, _) in enumerate(zip(numbers, numbers, strict=False), 1):
        reached += count
        if reached >= samples:
            return run
    return table.entries


def _edits(file: BinaryIO, track: IsoBox, scale: int, movie_scale: int) -> Edits:
    found = [
        edit
        for container in _named(file, track, b"edts")
        for box in _named(file, container, b"elst")
        for edit in _edits_in(file, box)
    ]
    real = [(length, start) for length, start in found if start >= 0]
    return Edits(
        starts_s=tuple(Fraction(start, scale) for _, start in real),
        lengths_s=tuple(Fraction(length, movie_scale) for length, _ in real),
    )


def _edits_in(file: BinaryIO, box: IsoBox) -> Iterator[tuple[int, int]]:
    """Length and start of each edit in units of the movie and of the stream; empty ones at -1."""
    width = 8 if _version(file, box) else 4
    for edit in range(_number(file, box.content + 4)):
        file.seek(box.content + 8 + edit * (2 * width + 4))
        told = file.read(2 * width)
        if file.tell() > box.end:
            return
        yield int.from_bytes(told[:width]), int.from_bytes(told[width:], signed=True)


def _named(file: BinaryIO, parent: IsoBox, name: bytes) -> Iterator[IsoBox]:
    inside = list(boxes(file, parent.content, parent.end))
    return (box for box in inside if box.name == name)


def _table(file: BinaryIO, box: IsoBox) -> Table:
    return Table(box.content + 4, _number(file, box.content + 4))


def _time_scale(file: BinaryIO, header: IsoBox) -> int:
    """Units per second, of `mvhd` and `mdhd` alike."""
    return _number(file, header.content + (20 if _version(file, header) else 12))


def _version(file: BinaryIO, box: IsoBox) -> int:
    file.seek(box.content)
    return int.from_bytes(file.read(1))


def _number(file: BinaryIO, at: int) -> int:
    file.seek(at)
    return int.from_bytes(file.read(4))


def numbers_of(file: BinaryIO, table: Table, first: int, fields: int) -> Iterator[int]:
    """The 32-bit numbers of a table's entries from one on, read a few at a time."""
    at = table.count_at + COUNT_BYTES + first * fields * 4
    left = (table.entries - first) * fields
    while left > 0:
        file.seek(at)
        told = file.read(4 * min(left, AT_ONCE * fields))
        some = struct.unpack(f">{len(told) // 4}I", told[: len(told) // 4 * 4])
        if not some:
            return
        yield from some
        at, left = at + 4 * len(some), left - len(some)


class PatchedFile(io.RawIOBase):
    """A file for reading, with some of its bytes other than they are."""

    def __init__(self, path: Path, patches: Patches) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        self._patches = sorted(patches.items())
        self._span = self._patches[0][0], max(at + len(new) for at, new in self._patches)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1, /) -> bytes:
        start = self._file.tell()
        told = self._file.read(size) or b""
        first, end = self._span
        if start >= end or start + len(told) <= first:
            return told
        return self._patched(start, bytearray(told))

    def close(self) -> None:
        self._file.close()
        super().close()

    def _patched(self, start: int, told: bytearray) -> bytes:
        for at, new in self._patches:
            for place, value in enumerate(new, at - start):
                if 0 <= place < len(told):
                    told[place] = value
        return bytes(told)
