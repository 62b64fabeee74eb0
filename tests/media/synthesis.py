"""Small media composed for tests, with known cuts, times, sizes and sounds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Painter = Callable[[int, int, float], Picture]
"""(width, height, seconds since the shot began) -> RGB picture."""

VIDEO_TIME_BASE = Fraction(1, 90_000)
VIDEO_CODECS = {".webm": "libvpx", ".avi": "mpeg4", ".mov": "libx264"}
FIXED_RATE_CODECS = ("mpeg4", "mpeg2video", "prores", "mjpeg")
SPEAKERS = {1: "mono", 2: "stereo", 6: "5.1"}
"""Channel layouts by their number of channels."""
FAST_VP8 = {"deadline": "good", "cpu-used": "5"}
AUDIO_CODECS = {
    ".webm": "libopus",
    ".wav": "pcm_s16le",
    ".flac": "flac",
    ".mp3": "libmp3lame",
    ".ogg": "libopus",
    ".avi": "libmp3lame",
}


@dataclass(frozen=True)
class Shot:
    """One shot: what is painted, and for how long."""

    duration_s: float
    paint: Painter


@dataclass(frozen=True)
class Sound:
    """Samples as float32 [channels, n] in -1…1."""

    samples: NDArray[np.float32]
    sample_rate: int = 48_000
    language: str | None = None

    @property
    def duration_s(self) -> float:
        return self.samples.shape[1] / self.sample_rate


@dataclass(frozen=True)
class Layout:
    """Everything about the file that is neither picture nor sound."""

    fps: Fraction = Fraction(30)
    size: tuple[int, int] = (320, 180)
    video_start_s: float = 0.0
    audio_start_s: float = 0.0
    rotation: int = 0
    """Degrees clockwise that a player turns the picture."""
    sample_aspect: Fraction = Fraction(1)
    pixel_format: str = "yuv420p"
    to_frame: Callable[[Picture], av.VideoFrame] | None = None
    """Makes the frame of a painted picture, in `pixel_format`; None converts RGB as usual."""
    video_codec: str | None = None
    audio_codec: str | None = None
    frame_times_s: Sequence[float] | None = None
    """Times of the frames for a variable frame rate; None keeps to `fps`."""
    video_options: dict[str, str] = field(
        default_factory=lambda: {"preset": "ultrafast", "crf": "23"}
    )
    container_options: dict[str, str] = field(default_factory=dict)


def solid(red: int, green: int, blue: int) -> Painter:
    """One colour all over."""
    return lambda width, height, _time_s: np.full((height, width, 3), (red, green, blue), np.uint8)


def gradient(red: int, green: int, blue: int, speed: float = 0.1) -> Painter:
    """A colour fading from left to right, moving `speed` picture widths per second."""

    def paint(width: int, height: int, time_s: float) -> Picture:
        ramp = (np.arange(width) / width + speed * time_s) % 1.0
        wave = 0.6 + 0.4 * np.cos(2 * np.pi * ramp)
        row = wave[:, None] * np.array([red, green, blue])
        return np.broadcast_to(row.astype(np.uint8), (height, width, 3)).copy()

    return paint


def still(picture: Picture) -> Painter:
    """One RGB picture of the video's own size."""
    return lambda _width, _height, _time_s: picture


def moving_block(centre_of: Callable[[float], float], side: float = 0.15) -> Painter:
    """A bright block on grey whose horizontal centre (0…1) is a function of time."""

    def paint(width: int, height: int, time_s: float) -> Picture:
        picture = np.full((height, width, 3), 90, np.uint8)
        half = side * width / 2
        left, right = (round(centre_of(time_s) * width + edge) for edge in (-half, half))
        picture[height // 3 : 2 * height // 3, max(0, left) : max(0, right)] = (250, 240, 120)
        return picture

    return paint


def alternating_shots(durations_s: Sequence[float]) -> list[Shot]:
    """Shots of strongly different colours, so that every border is a hard cut."""
    colours = [(220, 40, 40), (40, 80, 220), (40, 200, 80), (230, 220, 60), (30, 30, 30)]
    return [
        Shot(duration_s, gradient(*colours[index % len(colours)]))
        for index, duration_s in enumerate(durations_s)
    ]


def tone(
    duration_s: float,
    frequency_hz: float = 440.0,
    amplitude: float = 0.25,
    channels: int = 1,
    sample_rate: int = 48_000,
) -> Sound:
    """A sine."""
    time_s = np.arange(round(duration_s * sample_rate)) / sample_rate
    wave = amplitude * np.sin(2 * np.pi * frequency_hz * time_s)
    return Sound(np.tile(wave, (channels, 1)).astype(np.float32), sample_rate)


def silence(duration_s: float, channels: int = 1, sample_rate: int = 48_000) -> Sound:
    """Digital silence."""
    return tone(duration_s, amplitude=0.0, channels=channels, sample_rate=sample_rate)


def compose(
    path: Path,
    shots: Sequence[Shot] = (),
    sounds: Sound | Sequence[Sound] = (),
    layout: Layout | None = None,
) -> Path:
    """Write the file that its suffix names (mp4, mkv, webm, mov, avi, wav, flac, …).

    No shots gives an audio-only file; no sound a silent film; several sounds as many
    audio streams. The first shot begins at `layout.video_start_s`. Returns `path`.
    """
    layout = layout or Layout()
    tracks = [sounds] if isinstance(sounds, Sound) else list(sounds)
    with av.open(str(path), "w", options=layout.container_options) as container:
        video = _add_video(container, path.suffix, layout) if shots else None
        audios = [_add_audio(container, path.suffix, sound, layout) for sound in tracks]
        packets = [_audio_packets(audios[i], tracks[i], layout) for i in range(len(tracks))]
        if video is not None:
            packets.append(_video_packets(video, shots, layout))
        for packet in _interleaved(packets):
            container.mux(packet)
    return path


def _add_video(container, suffix: str, layout: Layout):
    codec = layout.video_codec or VIDEO_CODECS.get(suffix, "libx264")
    options = FAST_VP8 if codec == "libvpx" else {}
    options = layout.video_options if codec.startswith("libx26") else options
    stream = container.add_stream(codec, rate=layout.fps, options=options)
    stream.width, stream.height = layout.size
    stream.pix_fmt = layout.pixel_format
    stream.max_b_frames = 0 if codec in FIXED_RATE_CODECS else stream.max_b_frames
    time_base = 1 / layout.fps if codec in FIXED_RATE_CODECS else VIDEO_TIME_BASE
    stream.time_base = stream.codec_context.time_base = time_base
    if layout.sample_aspect != 1:
        stream.codec_context.sample_aspect_ratio = layout.sample_aspect
    if layout.rotation:
        stream.set_display_rotation(-layout.rotation)
    return stream


def _add_audio(container, suffix: str, sound: Sound, layout: Layout):
    codec = layout.audio_codec or AUDIO_CODECS.get(suffix, "aac")
    stream = container.add_stream(codec, rate=sound.sample_rate)
    stream.layout = SPEAKERS[sound.samples.shape[0]]
    if sound.language:
        stream.metadata["language"] = sound.language
    return stream


def frame_times(shots: Sequence[Shot], layout: Layout) -> list[float]:
    """Seconds from the first frame, for each frame that `compose` writes."""
    if layout.frame_times_s is not None:
        return list(layout.frame_times_s)
    total = sum(shot.duration_s for shot in shots)
    return [float(i / layout.fps) for i in range(round(total * layout.fps))]


def _video_packets(stream, shots: Sequence[Shot], layout: Layout) -> Iterator:
    for time_s in frame_times(shots, layout):
        picture = _picture_at(shots, time_s, layout.size)
        frame = _frame(picture, layout)
        time_base = stream.codec_context.time_base
        frame.pts = round((layout.video_start_s + time_s) / time_base)
        frame.time_base = time_base
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _frame(picture: Picture, layout: Layout) -> av.VideoFrame:
    if layout.to_frame is not None:
        return layout.to_frame(picture)
    return av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=layout.pixel_format)


def _picture_at(shots: Sequence[Shot], time_s: float, size: tuple[int, int]) -> Picture:
    begin_s = 0.0
    for shot in shots[:-1]:
        if time_s < begin_s + shot.duration_s - 1e-6:
            return shot.paint(*size, time_s - begin_s)
        begin_s += shot.duration_s
    return shots[-1].paint(*size, time_s - begin_s)


def _audio_packets(stream, sound: Sound, layout: Layout) -> Iterator:
    rate, step = sound.sample_rate, 1024
    resampler = av.AudioResampler(stream.codec_context.format.name, stream.layout.name, rate)
    offset = round(layout.audio_start_s * rate)
    for first in range(0, sound.samples.shape[1], step):
        block = np.ascontiguousarray(sound.samples[:, first : first + step], np.float32)
        frame = av.AudioFrame.from_ndarray(block, "fltp", stream.layout.name)
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = offset + first
        for resampled in resampler.resample(frame):
            yield from stream.encode(resampled)
    yield from stream.encode(None)


def _interleaved(sources: Sequence[Iterator]) -> Iterator:
    """Packets of all streams in order of decoding time."""
    waiting = {index: next(source, None) for index, source in enumerate(sources)}
    while any(packet is not None for packet in waiting.values()):
        index = min(
            (i for i, packet in waiting.items() if packet is not None),
            key=lambda i: float((waiting[i].dts or 0) * waiting[i].time_base),
        )
        yield waiting[index]
        waiting[index] = next(sources[index], None)
