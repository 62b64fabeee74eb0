"""Reads a text subtitle stream out of a source."""

from pathlib import Path
from typing import NamedTuple

import av
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.stream import Discard
from av.subtitles.stream import SubtitleStream as OpenStream
from av.subtitles.subtitle import AssSubtitle

from cliply.domain.media import SubtitleStream
from cliply.errors import ErrorCode, MediaError

OPEN_END_MS = 5_000
"""Shown for at most this long where the container does not say until when."""


class SubtitleLine(NamedTuple):
    """One event of the stream in source time."""

    start_ms: int
    end_ms: int
    text: str
    """As the stream has it, override tags included; lines are parted by a line feed."""


def read_subtitles(path: Path, stream: SubtitleStream) -> list[SubtitleLine]:
    """Every event of a text stream (mov_text, subrip, ass, webvtt), in the stream's order.

    Raises MediaError when the file can not be read or the stream is not text.
    """
    try:
        with av.open(path, metadata_errors="ignore") as container:
            chosen = container.streams[stream.index]
            if not isinstance(chosen, OpenStream):
                raise _unreadable(path, stream, "it is not a subtitle stream")
            zero_s = (container.start_time or 0) / av.time_base
            for other in container.streams:
                if other.index != stream.index:
                    other.discard = Discard.all
            packets = (packet for packet in container.demux(chosen) if packet.size)
            return [line for packet in packets if (line := _line(chosen, packet, zero_s))]
    except FFmpegError as error:
        raise _unreadable(path, stream, error.strerror) from error


def _line(stream: OpenStream, packet: "Packet[OpenStream]", zero_s: float) -> SubtitleLine | None:
    """The event in a packet; None for one that shows nothing or does not decode."""
    try:
        shown = [part for part in stream.decode(packet) if isinstance(part, AssSubtitle)]
    except InvalidDataError:
        return None
    text = "\n".join(_text(part) for part in shown).strip()
    if not text or packet.pts is None or packet.time_base is None:
        return None
    start_ms = max(0, round((float(packet.pts * packet.time_base) - zero_s) * 1000))
    length_ms = round((packet.duration or 0) * packet.time_base * 1000)
    return SubtitleLine(start_ms, start_ms + (length_ms or OPEN_END_MS), text)


def _text(part: AssSubtitle) -> str:
    """The text of an ASS event: what stands behind its eight other fields."""
    fields = part.ass.decode("utf-8", "replace").split(",", 8)
    return fields[-1].replace("\\N", "\n").replace("\\n", "\n")


def _unreadable(path: Path, stream: SubtitleStream, fault: str | None) -> MediaError:
    return MediaError(
        ErrorCode.source_unreadable,
        f"Subtitle stream {stream.index} of {path.name} can not be read ({fault}); "
        "check that the file is complete, or give a transcript.",
    )
