"""Finished clips made by hand, good and bad, and the specs that they should follow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from cliply.domain.captions import CaptionSpec, CaptionStyle, Cue, CueWord, FontRef
from cliply.domain.editing import Edit
from cliply.domain.export import EncoderSpec
from cliply.domain.framing import (
    AspectRatio,
    CropPath,
    CropPoint,
    FramedSpan,
    Framing,
    Pane,
)
from cliply.domain.framing import Layout as Look
from cliply.domain.media import AudioStream, SourceMedia, VideoStream
from cliply.domain.rendering import RenderSpec, Toolchain
from cliply.domain.sound import AudioGain, AudioSpec
from cliply.domain.timeline import KeptSpan, Timeline
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from tests.media.synthesis import Layout, Picture, Shot, Sound, compose

RATE = Fraction(30)
SIZE = (256, 144)
LENGTH_S = 3.0
FRAMES = 90

TEXTURE = np.kron(
    np.random.default_rng(5).integers(30, 220, (40, 120, 3)), np.ones((6, 6, 1))
).astype(np.uint8)


def moving(width: int, height: int, time_s: float) -> Picture:
    """A coloured texture that slides by 60 pixels a second."""
    left = round(60 * time_s)
    return TEXTURE[:height, left : left + width].copy()


def black(width: int, height: int, _time_s: float) -> Picture:
    return np.zeros((height, width, 3), np.uint8)


def grainy(width: int, height: int, time_s: float) -> Picture:
    """The moving picture with the noise of a camera, so that no frame is easily foretold."""
    noise = np.random.default_rng(round(time_s * 30)).integers(0, 24, (height, width, 1))
    return (moving(width, height, time_s) + noise).astype(np.uint8)


def blacked(*spans: tuple[int, int]) -> Callable[[int, int, float], Picture]:
    """The moving picture, black in spans of frames."""

    def paint(width: int, height: int, time_s: float) -> Picture:
        frame = round(time_s * RATE)
        hidden = any(first <= frame < end for first, end in spans)
        return (black if hidden else moving)(width, height, time_s)

    return paint


def frozen(first: int, end: int) -> Callable[[int, int, float], Picture]:
    """The moving picture, standing still in a span of frames."""

    def paint(width: int, height: int, time_s: float) -> Picture:
        frame = round(time_s * RATE)
        return moving(width, height, first / 30 if first <= frame < end else time_s)

    return paint


def babble(duration_s: float = LENGTH_S, seed: int = 3) -> Sound:
    """Noise in bursts like syllables, stereo."""
    count = round(duration_s * 48_000)
    rng = np.random.default_rng(seed)
    bursts = np.repeat(rng.uniform(0.0, 1.0, count // 4800 + 1), 4800)[:count]
    return Sound((0.212 * bursts * rng.standard_normal((2, count))).clip(-1, 1).astype(np.float32))


def delayed(sound: Sound, delay_ms: int) -> Sound:
    """The same length, with the sound later inside it."""
    shift = delay_ms * 48
    moved = np.zeros_like(sound.samples)
    moved[:, shift:] = sound.samples[:, : sound.samples.shape[1] - shift]
    return Sound(moved)


def write_clip(
    path: Path,
    paint: Callable[[int, int, float], Picture] = moving,
    sound: Sound | None = None,
    *,
    preset: str = "veryfast",
    size: tuple[int, int] = SIZE,
    audio_start_s: float = 0.0,
    length_s: float = LENGTH_S,
) -> Path:
    options = {"preset": preset, "crf": "20", "g": "60"}
    layout = Layout(fps=RATE, size=size, video_options=options, audio_start_s=audio_start_s)
    return compose(path, [Shot(length_s, paint)], sound or babble(length_s), layout)


def source_media(size: tuple[int, int] = SIZE, duration_ms: int = 3000) -> SourceMedia:
    return SourceMedia(
        container="mov,mp4,m4a,3gp,3g2,mj2",
        duration_ms=duration_ms,
        size_bytes=1000,
        bitrate_bps=1000,
        video=VideoStream(
            index=0,
            codec="h264",
            width=size[0],
            height=size[1],
            coded_width=size[0],
            coded_height=size[1],
            frame_rate=RATE,
            pixel_format="yuv420p",
            duration_ms=duration_ms,
        ),
        audio=AudioStream(index=1, codec="aac", sample_rate=48_000, channels=2),
    )


def window(
    at: Sequence[tuple[int, float]] = ((0, 0.5),),
    *,
    size: tuple[int, int] = SIZE,
    followed: str = "face",
) -> CropPath:
    return CropPath(
        width_px=size[0],
        height_px=size[1],
        points=tuple(CropPoint(time_ms=ms, x=x, y=0.5) for ms, x in at),
        followed=followed,
    )


def framing(*panes: Pane, layout: Look = Look.single) -> Framing:
    span = TimeRange(start_ms=0, end_ms=60_000)
    chosen = panes or (Pane(path=window()),)
    return Framing(spans=(FramedSpan(span=span, layout=layout, panes=chosen, reason="A test."),))


def kept(*spans: tuple[int, int], rate: Fraction = RATE) -> Timeline:
    """A timeline of spans given as first frame and number of frames."""
    return Timeline(
        frame_rate=rate,
        spans=tuple(KeptSpan(start_frame=start, frames=frames) for start, frames in spans),
    )


@dataclass(frozen=True)
class Wanted:
    """What differs from spec to spec."""

    timeline: Timeline = field(default_factory=lambda: kept((0, FRAMES)))
    framing: Framing = field(default_factory=framing)
    gain: AudioGain | None = field(default_factory=lambda: AudioGain(gain_db=3.0))
    cues: tuple[Cue, ...] = ()
    captions: CaptionSpec | None = None
    size: tuple[int, int] = SIZE
    aspect: AspectRatio = AspectRatio.landscape
    duration_ms: int = 3000


def spec_of(wanted: Wanted | None = None) -> RenderSpec:
    wanted = wanted or Wanted()
    return RenderSpec(
        toolchain=Toolchain(ffmpeg_version="9", ffmpeg_hash="0", cpu_class="avx2"),
        source_hash="0",
        source=source_media(duration_ms=wanted.duration_ms),
        title="A title",
        edit=Edit(),
        aspect_ratio=wanted.aspect,
        timeline=wanted.timeline,
        framing=wanted.framing,
        cues=wanted.cues,
        captions=wanted.captions,
        audio=AudioSpec(gain=wanted.gain),
        encoder=EncoderSpec(
            width_px=wanted.size[0], height_px=wanted.size[1], frame_rate=wanted.timeline.frame_rate
        ),
    )


def captions(size: tuple[int, int] = (1920, 1080)) -> CaptionSpec:
    width, height = size
    return CaptionSpec(
        style=CaptionStyle.karaoke,
        fonts=(FontRef(family="Poppins", content_hash="0"),),
        size_px=60,
        left_px=0.1 * width,
        right_px=0.1 * width,
        top_px=0.1 * height,
        bottom_px=0.15 * height,
    )


def cue(start_ms: int, end_ms: int, text: str) -> Cue:
    span = TimeRange(start_ms=start_ms, end_ms=end_ms)
    return Cue(span=span, words=tuple(CueWord(text=word, span=span) for word in text.split()))


def word(start_ms: int, end_ms: int, text: str = "honey") -> Word:
    return Word(text=text, span=TimeRange(start_ms=start_ms, end_ms=end_ms))
