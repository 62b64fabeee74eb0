"""What a source file is made of."""

from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, NonNegativeInt, PlainSerializer, PositiveInt

from cliply.domain.value import Value

Rational = Annotated[
    Fraction, BeforeValidator(Fraction), PlainSerializer(str, return_type=str, when_used="json")
]
"""An exact ratio; `30000/1001` in JSON."""


class VideoStream(Value):
    """The video stream that a job works on: the best one of its file."""

    index: NonNegativeInt
    codec: str
    width: PositiveInt
    height: PositiveInt
    """Display size in pixels: after rotation and sample aspect ratio."""
    coded_width: PositiveInt
    coded_height: PositiveInt
    frame_rate: Rational
    """Average frames per second."""
    rotation: int = 0
    """Degrees clockwise that a player turns the coded picture: 0, 90, 180 or 270."""
    pixel_format: str
    is_hdr: bool = False
    is_variable_rate: bool = False
    is_interlaced: bool = False
    """Two fields of different moments lie in each frame."""
    start_ms: NonNegativeInt = 0
    """Source time of the first frame."""
    duration_ms: PositiveInt


class AudioStream(Value):
    """The audio stream that a job works on."""

    index: NonNegativeInt
    codec: str
    sample_rate: PositiveInt
    channels: PositiveInt
    start_ms: NonNegativeInt = 0
    language: str | None = None


class SubtitleStream(Value):
    """A text subtitle stream inside the file."""

    index: NonNegativeInt
    codec: str
    language: str | None = None


class SourceMedia(Value):
    """A probed file. At least one of `video` and `audio` is there."""

    container: str
    duration_ms: PositiveInt
    size_bytes: PositiveInt
    bitrate_bps: NonNegativeInt
    video: VideoStream | None = None
    audio: AudioStream | None = None
    subtitles: tuple[SubtitleStream, ...] = ()
    warnings: tuple[str, ...] = ()


class SourceLimits(Value):
    """What a source may be (ING-4)."""

    min_duration_ms: PositiveInt = 5_000
    max_duration_ms: PositiveInt = 4 * 3_600_000
    max_long_side_px: PositiveInt = 3840
    max_short_side_px: PositiveInt = 2160
    max_bitrate_bps: PositiveInt = 50_000_000
    video_codecs: frozenset[str] = frozenset(
        {"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "prores", "mjpeg"}
    )
