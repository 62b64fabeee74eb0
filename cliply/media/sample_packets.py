"""Packets of a long stream straight from its sample tables, behind those that FFmpeg has read.

FFmpeg's index of four hours of AAC is 29 MB, and 80 MB while it is made. Read from the tables
as they are wanted, packets take no memory at all. This is only for streams whose packets are
samples as they lie in the file, without anything between; all others keep their index.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, repeat
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

from av.audio.stream import AudioStream
from av.packet import Packet

from cliply.media.sample_tables import Beginning, Table, Track, numbers_of

Sound: TypeAlias = "Packet[AudioStream]"

MAX_SAMPLE_BYTES = 1 << 20
"""A sample of sound that claims to be larger is damage."""


@dataclass(frozen=True)
class Rest:
    """What comes after the first samples of a stream."""

    path: Path
    beginning: Beginning

    def packets(self, last: Sound, time_base: Fraction) -> Iterator[Sound]:
        """All packets after the last that FFmpeg gave, on its clock.

        Ends early where the file does. Raises OSError when the device fails.
        """
        with self.path.open("rb") as file, self.path.open("rb") as tables:
            times = _times(tables, self.beginning.track.others[b"stts"])
            before, _ = next(islice(times, self.beginning.samples - 1, None))
            shift = (last.pts or 0) - before
            for (time, duration), data in zip(times, self._samples(file, tables), strict=False):
                if data:
                    yield _packet(data, time + shift, duration, time_base)

    def _samples(self, file: BinaryIO, tables: BinaryIO) -> Iterator[bytes]:
        track, chunks, samples = self.beginning
        sizes = numbers_of(tables, track.samples, samples, 1)
        offsets, counts = _offsets(tables, track, chunks), _counts(tables, track, chunks)
        for offset, count in zip(offsets, counts, strict=False):
            file.seek(offset)
            for size in islice(sizes, count):
                data = file.read(size) if size <= MAX_SAMPLE_BYTES else b""
                if len(data) < size:
                    return
                yield data


def _packet(data: bytes, time: int, duration: int, time_base: Fraction) -> Sound:
    packet = Packet(data)
    packet.pts = packet.dts = time
    packet.duration = duration
    packet.time_base = time_base
    return cast(Sound, packet)


def _times(file: BinaryIO, table: Table) -> Iterator[tuple[int, int]]:
    """When each sample begins and how long it is, in the stream's own units."""
    time = 0
    numbers = numbers_of(file, table, 0, 2)
    for count, duration in zip(numbers, numbers, strict=False):
        for _ in range(count):
            yield time, duration
            time += duration


def _offsets(file: BinaryIO, track: Track, first: int) -> Iterator[int]:
    """Where each chunk lies in the file."""
    if not track.has_wide_offsets:
        yield from numbers_of(file, track.chunks, first, 1)
        return
    halves = numbers_of(file, track.chunks, first, 2)
    for high, low in zip(halves, halves, strict=False):
        yield (high << 32) + low


def _counts(file: BinaryIO, track: Track, first: int) -> Iterator[int]:
    """How many samples each chunk holds."""
    numbers = numbers_of(file, track.others[b"stsc"], 0, 3)
    chunk, count = 1, 0
    for start, following, _ in zip(numbers, numbers, numbers, strict=False):
        yield from repeat(count, max(0, start - max(chunk, first + 1)))
        chunk, count = start, following
    yield from repeat(count)
