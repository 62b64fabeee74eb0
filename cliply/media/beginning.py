"""What the first seconds of a source decode to."""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import TypeVar

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

FrameT = TypeVar("FrameT", VideoFrame, AudioFrame)

ENOUGH_PICTURES = 150
"""Packets whose times tell a steady frame rate from a variable one: 5 s at 30 fps."""

READ_LIMIT_BYTES = 96 * 1024 * 1024
"""Five seconds at 50 Mbit/s three times over; a stream that has not begun by then is silent."""

UNEVEN = 0.2
"""Deviation from the usual frame interval, as a share of it, that is no rounding."""

TICK_S = 0.0011
"""Matroska and FLV round times to milliseconds."""

UNEVEN_SHARE = 0.02


@dataclass
class Beginning:
    """First frames of the chosen streams, and the times of the first pictures in seconds."""

    picture: VideoFrame | None = None
    sound: AudioFrame | None = None
    picture_times_s: list[float] = field(default_factory=list)

    @property
    def has_uneven_frames(self) -> bool:
        """Whether more than one interval in fifty differs from the usual one."""
        intervals = [after - before for before, after in pairwise(sorted(self.picture_times_s))]
        if len(intervals) < 2:
            return False
        usual = median(intervals)
        tolerance = UNEVEN * usual + TICK_S
        uneven = sum(abs(interval - usual) > tolerance for interval in intervals)
        return uneven > UNEVEN_SHARE * len(intervals)

    @property
    def usual_rate(self) -> Fraction | None:
        """Frames per second by the usual interval, None with fewer than two pictures."""
        intervals = [after - before for before, after in pairwise(sorted(self.picture_times_s))]
        if not intervals or median(intervals) <= 0:
            return None
        return Fraction(1 / median(intervals)).limit_denominator(1001)


def read_beginning(
    container: InputContainer, video: Stream | None, audio: Stream | None
) -> Beginning:
    """Decode until each stream has given a frame and the pictures show their rhythm.

    A stream that can not be decoded leaves its frame None.
    """
    found, read_bytes = Beginning(), 0
    chosen = [stream for stream in (video, audio) if stream is not None]
    for packet in container.demux(*chosen):
        read_bytes += packet.size
        _take(found, packet, video)
        if read_bytes > READ_LIMIT_BYTES or _is_enough(found, video, audio):
            break
    return found


def _take(found: Beginning, packet: "Packet[Stream]", video: Stream | None) -> None:
    if packet.stream is not video:
        found.sound = found.sound or _first_frame(packet, AudioFrame)
        return
    if packet.pts is not None and packet.time_base is not None:
        found.picture_times_s.append(float(packet.pts * packet.time_base))
    found.picture = found.picture or _first_frame(packet, VideoFrame)


def _first_frame(packet: "Packet[Stream]", kind: type[FrameT]) -> FrameT | None:
    try:
        return next((frame for frame in packet.decode() if isinstance(frame, kind)), None)
    except av.FFmpegError:
        return None


def _is_enough(found: Beginning, video: Stream | None, audio: Stream | None) -> bool:
    has_pictures = video is None or (
        found.picture is not None and len(found.picture_times_s) >= ENOUGH_PICTURES
    )
    has_sound = audio is None or found.sound is not None
    return has_pictures and has_sound
