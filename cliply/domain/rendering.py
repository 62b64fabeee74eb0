"""What decides the bytes of a rendered clip."""

import hashlib
import json

from pydantic import PositiveInt

from cliply.domain.captions import CaptionStyle, Cue
from cliply.domain.framing import AspectRatio, Framing
from cliply.domain.media import Rational, SourceMedia
from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

PIPELINE_VERSION = "1"
"""Raised whenever the same spec would render to other pixels or samples."""


class AudioGain(Value):
    """One gain and a limiter bring a span to its loudness target (EBU R 128)."""

    gain_db: float
    ceiling_dbtp: float = -2.0
    """AAC adds up to 0.5 dB of true peak, so -2 stays under the required -1."""
    target_lufs: float = -14.0


class CaptionSpec(Value):
    """Captions to burn in."""

    style: CaptionStyle
    font_family: str
    font_hash: str
    size_px: PositiveInt
    bottom_margin_px: PositiveInt


class EncoderSpec(Value):
    """Output encoder settings."""

    video_codec: str = "libx264"
    preset: str = "veryfast"
    crf: int = 20
    audio_bitrate_bps: PositiveInt = 160_000
    frame_rate: Rational
    threads: PositiveInt = 1


class Toolchain(Value):
    """Programs whose version changes the bytes."""

    ffmpeg_version: str
    ffmpeg_hash: str
    """SHA-256 of the binary, first 16 hexadecimal digits."""
    cpu_class: str
    """Instruction sets that x264 picks code by; other CPUs give other bytes."""


class RenderSpec(Value):
    """Everything that decides the bytes of one rendered clip (REN-8).

    The same spec gives the same bytes on the same machine.
    """

    pipeline_version: str = PIPELINE_VERSION
    toolchain: Toolchain
    source_hash: str
    source: SourceMedia
    span: TimeRange
    title: str
    aspect_ratio: AspectRatio
    framing: Framing
    cues: tuple[Cue, ...]
    captions: CaptionSpec | None
    """None burns nothing in."""
    audio: AudioGain | None
    """None when the source has no audio: the clip then gets a silent track."""
    encoder: EncoderSpec

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, hexadecimal."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Measured(Value):
    """What was measured in a finished render."""

    duration_ms: PositiveInt
    video_duration_ms: PositiveInt
    audio_duration_ms: PositiveInt
    width: PositiveInt
    height: PositiveInt
    frames: PositiveInt
    size_bytes: PositiveInt
    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None
