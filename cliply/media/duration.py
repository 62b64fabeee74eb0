"""How long a source is, by its header or by its packets."""

from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Stream

from cliply.media.acceptance import cut_short, undecodable
from cliply.media.source import SourceClock, open_source

GUESSED = frozenset({"aac", "mp3"})
"""Formats that may tell no duration, for which FFmpeg extrapolates the first bitrate."""

UNMEASURED = frozenset({"flac", "flv"})
"""Formats that promise a duration but no size, so a missing end shows only in the packets."""

TAIL_MS = 1_000
"""How far before the promised end packets are looked for."""

TAIL_TOLERANCE_MS = 2_000
"""Difference between promised and found end that still counts as whole."""


def source_duration_ms(container: InputContainer, path: Path) -> int:
    """Duration of the whole source from source time zero.

    Reads every packet where the header tells nothing. Leaves the container's position
    alone. Raises MediaError when the promised end is not there or nothing is.
    """
    told_us = container.duration
    if told_us is None or container.format.name in GUESSED:
        return _last_packet_ms(path, from_ms=0) or _nothing(path)
    told_ms = round(told_us / 1000)
    if container.format.name in UNMEASURED:
        found_ms = _last_packet_ms(path, from_ms=max(0, told_ms - TAIL_MS))
        if found_ms < told_ms - TAIL_TOLERANCE_MS:
            raise cut_short(path, f"it holds {found_ms / 1000:.1f} of {told_ms / 1000:.1f} seconds")
    return told_ms


def stream_end_ms(container: InputContainer, stream: Stream) -> int | None:
    """Source time at which a stream ends by its header; None when it does not tell."""
    if stream.duration is not None and stream.time_base is not None:
        start = stream.start_time or 0
        return SourceClock(container).time_ms(start + stream.duration, stream.time_base)
    return _tag_ms(stream.metadata.get("DURATION", ""))


def _nothing(path: Path) -> int:
    raise undecodable(path)


def _last_packet_ms(path: Path, from_ms: int) -> int:
    """Latest end of a packet that lies at or after the last key packet before `from_ms`."""
    end_ms = 0
    with open_source(path) as container:
        clock = SourceClock(container)
        try:
            if from_ms:
                container.seek((container.start_time or 0) + from_ms * 1000)
            for packet in container.demux():
                if packet.pts is not None and packet.time_base is not None:
                    end = packet.pts + (packet.duration or 0)
                    end_ms = max(end_ms, clock.time_ms(end, packet.time_base))
        except av.FFmpegError:
            return end_ms
    return end_ms


def _tag_ms(text: str) -> int | None:
    """Matroska's statistics tag, `HH:MM:SS.nnnnnnnnn`."""
    try:
        hours, minutes, seconds = text.split(":")
        return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)
    except ValueError:
        return None
