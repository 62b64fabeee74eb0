"""Decodes a source's sound into blocks that lie on source time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream as AvAudioStream
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet

from cliply.domain.media import AudioStream, SourceMedia
from cliply.errors import ErrorCode, MediaError
from cliply.media.sample_packets import Rest
from cliply.media.source import open_sound

GAP_S = 0.05
"""Timestamps may wander by this much before silence is inserted or sound dropped.

Containers with millisecond timestamps jitter by 1 ms, capture cards by up to 20 ms.
"""

REWIND_S = 1.0
"""A jump back by more than this is a new timeline, spliced on; less is overlapping sound."""

OVERRUN_S = 60.0
"""A jump this far past the end of the source is a broken timestamp, not a gap."""


def read_audio(
    path: Path,
    source: SourceMedia,
    *,
    sample_rate: int,
    layout: str = "stereo",
    block_s: float = 10.0,
) -> Iterator[np.ndarray]:
    """Float32 blocks `[channels, samples]` (±1 is full scale) of the source's audio stream.

    The first sample is source time 0: a late start and gaps in the timestamps are filled
    with silence, so sample n is heard at n / sample_rate. Every block but the last is
    exactly `block_s` long. Broken packets are skipped; the memory held is a few blocks.
    Nothing comes from a source without audio. Raises MediaError when the file can not be
    opened or the device fails while it is read.
    """
    if source.audio is None:
        return
    placed = _placed(path, source, source.audio, sample_rate, layout)
    yield from _reblocked(placed, round(sample_rate * block_s))


def _placed(
    path: Path, source: SourceMedia, audio: AudioStream, sample_rate: int, layout: str
) -> Iterator[np.ndarray]:
    try:
        with open_sound(path, audio) as (container, rest):
            timeline = _Timeline(sample_rate, layout, source.duration_ms / 1000)
            zero_s = (container.start_time or 0) / av.time_base
            for frame in _frames(container, audio.index, rest):
                yield from timeline.place(frame, zero_s)
            yield from timeline.flush()
    except (FFmpegError, OSError) as error:
        raise MediaError(
            ErrorCode.source_unreadable,
            f"The sound of {path.name} can not be read ({error.strerror}); check that the file "
            "is complete and still where it was.",
        ) from error


def _frames(container: InputContainer, index: int, rest: Rest | None) -> Iterator[AudioFrame]:
    """Decoded frames of one audio stream; packets that do not decode are left out."""
    chosen = container.streams[index]
    assert isinstance(chosen, AvAudioStream), f"stream {index} is not audio"
    for packet in packets_of(container, chosen, rest):
        try:
            yield from chosen.decode(packet)
        except InvalidDataError:
            continue


def packets_of(
    container: InputContainer, chosen: AvAudioStream, rest: Rest | None
) -> "Iterator[Packet[AvAudioStream] | None]":
    """Packets to the first that can not be read, then None, which ends the decoding."""
    packets, last = container.demux(chosen), None
    while True:
        try:
            packet = next(packets, None)
        except InvalidDataError:
            return
        if packet is None or packet.size == 0:
            break
        last = packet
        yield packet
    if rest is not None and last is not None:
        yield from rest.packets(last, last.time_base)
    yield None


class _Timeline:
    """Puts frames where their timestamps say, with silence between."""

    def __init__(self, sample_rate: int, layout: str, duration_s: float) -> None:
        self._rate = sample_rate
        self._layout = layout
        self._latest = duration_s + OVERRUN_S
        self._written = 0
        self._run: _Run | None = None
        self._splice = 0.0

    def place(self, frame: AudioFrame, zero_s: float) -> Iterator[np.ndarray]:
        """The silence that belongs before the frame, and what is ready of its samples."""
        shift = self._shift(frame, zero_s)
        if self._run is None or shift > GAP_S or not self._run.takes(frame):
            yield from self.flush()
            yield from self._silence(max(0, round(shift * self._rate)))
            self._run = _Run(frame, self._rate, self._layout, self._written)
        late = -shift if self._run.end_s == 0 or shift < -GAP_S else 0.0
        yield from self._counted(self._run.feed(frame, max(0.0, late)))

    def flush(self) -> Iterator[np.ndarray]:
        """What is still being resampled."""
        if self._run is not None:
            yield from self._counted(self._run.finish())
            self._run = None

    def _shift(self, frame: AudioFrame, zero_s: float) -> float:
        """Seconds from the end of what was placed to this frame; spliced when absurd."""
        if frame.pts is None or frame.time_base is None:
            return 0.0
        end = self._written / self._rate if self._run is None else self._run.end_s
        time = frame.pts * float(frame.time_base) - zero_s + self._splice
        if (end and time < end - REWIND_S) or time > self._latest:
            self._splice += end - time
            return 0.0
        return time - end

    def _silence(self, samples: int) -> Iterator[np.ndarray]:
        channels = len(av.AudioLayout(self._layout).channels)
        lengths = (min(self._rate, samples - at) for at in range(0, samples, self._rate))
        return self._counted(np.zeros((channels, length), np.float32) for length in lengths)

    def _counted(self, blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        for block in blocks:
            self._written += block.shape[1]
            yield block


class _Run:
    """Frames of one format without a gap, resampled a second at a time.

    Resampling frame by frame costs four times as much.
    """

    def __init__(self, first: AudioFrame, sample_rate: int, layout: str, start: int) -> None:
        self._format = (first.format.name, first.layout.name, first.sample_rate)
        self._resampler = AudioResampler("fltp", layout, sample_rate)
        self._held = AudioFifo()
        self._start_s = start / sample_rate
        self._fed = 0

    @property
    def end_s(self) -> float:
        """Source time up to which frames came in."""
        return self._start_s + self._fed / self._format[2]

    def takes(self, frame: AudioFrame) -> bool:
        return self._format == (frame.format.name, frame.layout.name, frame.sample_rate)

    def feed(self, frame: AudioFrame, skipped_s: float) -> Iterator[np.ndarray]:
        """Takes a frame without its first `skipped_s`."""
        skipped = round(skipped_s * frame.sample_rate)
        if skipped >= frame.samples:
            return
        kept = _cut(frame, skipped) if skipped else frame
        kept.pts = None
        self._held.write(kept)
        self._fed += kept.samples
        if self._held.samples >= frame.sample_rate:
            yield from self._resampled()

    def finish(self) -> Iterator[np.ndarray]:
        if self._fed:
            yield from self._resampled()
            yield from (rest.to_ndarray() for rest in self._resampler.resample(None))

    def _resampled(self) -> Iterator[np.ndarray]:
        held = self._held.read()
        if held is not None:
            yield from (part.to_ndarray() for part in self._resampler.resample(held))


def _cut(frame: AudioFrame, skipped: int) -> AudioFrame:
    """The frame without its first samples."""
    width = 1 if frame.format.is_planar else frame.layout.nb_channels
    samples: Any = np.ascontiguousarray(frame.to_ndarray()[:, skipped * width :])
    rest = AudioFrame.from_ndarray(samples, frame.format.name, frame.layout.name)
    rest.sample_rate = frame.sample_rate
    return rest


def _reblocked(parts: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """The same samples in blocks of `size`, the last one shorter."""
    held: list[np.ndarray] = []
    length = 0
    for part in parts:
        held.append(part)
        length += part.shape[1]
        if length >= size:
            joined = np.concatenate(held, axis=1)
            whole = length // size * size
            for start in range(0, whole, size):
                yield joined[:, start : start + size]
            held, length = [joined[:, whole:].copy()], length - whole
    if length:
        yield np.concatenate(held, axis=1)
