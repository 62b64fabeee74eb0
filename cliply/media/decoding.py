"""Decoding a video stream from end to end, past what is damaged in it."""

import os
from collections.abc import Iterator

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AvVideoStream

from cliply.domain.media import VideoStream
from cliply.domain.timing import TimeRange
from cliply.media.source import SourceClock

MAX_FAULTS_IN_A_ROW = 100
"""Failed reads without a packet between them after which a file has no more to give."""

SUSPICIOUS_FRAMES = 32
"""Frames after a fault among which its hole shows; decoder threads report faults early."""

LONGEST_SKIP_FRAMES = 17
"""Frames between two that others depend on: x264 and x265 put at most 16 there."""

WAITING_THREADS = 6
"""More than cores: frames that others depend on wait for each other. With two cores a fast scan
takes 0.86 of a bare decode's time with 8 threads, 0.95 with 4, and more with FFmpeg's own 3."""

MISSING_END_MS = 2_000
"""A picture that ends this much before its stream should is worth a warning."""


class PictureReader:
    """The frames of one video stream in order, with their source times.

    Packets that can not be read or decoded are left out and reported in `gaps`.
    """

    def __init__(
        self, container: InputContainer, video: VideoStream, *, only_references: bool = False
    ) -> None:
        """With `only_references` frames that no other depends on are not decoded."""
        self._container = container
        self._clock = SourceClock(container)
        self._video = video
        self._stream = _only(container, video.index)
        self._time_base = self._stream.time_base
        self._interval_ms = float(1000 / video.frame_rate)
        self._longest_ms = self._interval_ms * 1.5
        if only_references:
            self._stream.codec_context.skip_frame = "NONREF"
            self._stream.codec_context.thread_count = len(os.sched_getaffinity(0)) + WAITING_THREADS
            self._longest_ms = self._interval_ms * LONGEST_SKIP_FRAMES
        self._last_ms: int | None = None
        self._suspicious = 0
        self.gaps: list[TimeRange] = []
        self.keyframes_ms: list[int] = []
        """Times of the keyframes that were read, in the order of the file."""

    @property
    def end_ms(self) -> int | None:
        """End of the last frame so far; None before the first."""
        return None if self._last_ms is None else round(self._last_ms + self._interval_ms)

    def __iter__(self) -> Iterator[tuple[int, VideoFrame]]:
        """Source time in milliseconds, strictly growing, and the frame."""
        for packet in self._packets():
            for frame in self._decoded(packet):
                time_ms = self._time_of(frame)
                if self._last_ms is None or time_ms > self._last_ms:
                    self._note_gap(time_ms)
                    self._last_ms = time_ms
                    yield time_ms, frame
        self._note_early_end()

    def seek(self, time_ms: int) -> None:
        """Go to a keyframe near before a time; the next iteration begins there."""
        start_us = self._container.start_time or 0
        self._container.seek(time_ms * 1000 + start_us, backward=True)
        self._last_ms = None

    def _packets(self) -> "Iterator[Packet[AvVideoStream]]":
        faults = 0
        while faults < MAX_FAULTS_IN_A_ROW:
            try:
                for packet in self._container.demux(self._stream):
                    self._note_keyframe(packet)
                    yield packet
                    faults = 0
            except (av.FFmpegError, OSError):
                faults += 1
                self._suspicious = SUSPICIOUS_FRAMES
            else:
                return

    def _note_keyframe(self, packet: "Packet[AvVideoStream]") -> None:
        if packet.is_keyframe and packet.pts is not None:
            self.keyframes_ms.append(self._clock.time_ms(packet.pts, packet.time_base))

    def _decoded(self, packet: "Packet[AvVideoStream]") -> list[VideoFrame]:
        try:
            frames = packet.decode()
        except av.FFmpegError:
            self._suspicious = SUSPICIOUS_FRAMES
            return []
        return [frame for frame in frames if isinstance(frame, VideoFrame)]

    def _time_of(self, frame: VideoFrame) -> int:
        if frame.pts is None or self._time_base is None:
            return self._next_ms()
        return max(0, self._clock.time_ms(frame.pts, self._time_base))

    def _next_ms(self) -> int:
        """Where the next frame belongs when the file does not tell; the first at the start."""
        if self._last_ms is None:
            return self._video.start_ms
        return round(self._last_ms + self._interval_ms)

    def _note_gap(self, time_ms: int) -> None:
        """Report the hole before this frame when something near it could not be decoded."""
        begin = self.end_ms
        if self._suspicious > 0 and begin is not None:
            self._suspicious -= 1
            if time_ms - begin > self._longest_ms:
                self.gaps.append(TimeRange(start_ms=begin, end_ms=time_ms))

    def _note_early_end(self) -> None:
        begin, end = self.end_ms, self._video.start_ms + self._video.duration_ms
        if begin is not None and end - begin > MISSING_END_MS:
            self.gaps.append(TimeRange(start_ms=begin, end_ms=end))


def _only(container: InputContainer, index: int) -> AvVideoStream:
    """The stream of that index, with all others thrown away while reading."""
    for stream in container.streams:
        if stream.index != index:
            stream.discard = Discard.all
    chosen = container.streams[index]
    assert isinstance(chosen, AvVideoStream)
    chosen.thread_type = "AUTO"
    return chosen


def gap_warnings(gaps: list[TimeRange]) -> tuple[str, ...]:
    """One sentence about pictures that are missing, none when nothing is."""
    if not gaps:
        return ()
    total_s = sum(gap.duration_ms for gap in gaps) / 1000
    return (
        f"The picture is damaged: {total_s:.1f} s of it can not be decoded in {len(gaps)} "
        f"place(s), the first at {gaps[0].start_ms / 1000:.1f} s.",
    )
