"""The node `export`: how a clip is written."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from pydantic import Field, NonNegativeInt, PositiveInt

from cliply.domain.media import Rational
from cliply.domain.value import Value


class Platform(StrEnum):
    """Where a clip is going; decides safe areas and limits."""

    any = "any"
    """Fits all of them."""
    youtube = "youtube"
    tiktok = "tiktok"
    instagram = "instagram"
    x = "x"
    linkedin = "linkedin"


class Quality(StrEnum):
    """What a rendition is for."""

    final = "final"
    preview = "preview"
    """Fast, 540 px wide in portrait."""


class VideoCodec(StrEnum):
    h264 = "h264"
    h265 = "h265"


class FrameRate(StrEnum):
    """Frames per second of the clip."""

    thirty = "30"
    """30, or 30000/1001 for sources in NTSC rates, so that no frame is shown twice."""
    source = "source"
    """The source's own, halved above 31."""


class ExportSettings(Value):
    """The node `export`: what a person chooses."""

    platform: Platform = Platform.any
    quality: Quality = Quality.final
    codec: VideoCodec = VideoCodec.h264
    hardware: bool = False
    """Encode on the GPU when the machine has one; else in software, noted."""
    frame_rate: FrameRate = FrameRate.thirty
    poster_ms: NonNegativeInt | None = None
    """Clip time of the poster; None chooses the best frame."""
    poster_title: bool = False
    """Writes the clip's title on the poster."""


class EncoderSpec(Value):
    """Output encoder settings, as FFmpeg knows them."""

    width_px: PositiveInt
    height_px: PositiveInt
    video_codec: str = "libx264"
    preset: str = "veryfast"
    crf: int = Field(default=20, ge=0, le=51)
    """Constant quality, lower is better; each encoder has its own scale."""
    max_bitrate_bps: PositiveInt | None = None
    """Of the picture, over any two seconds; None leaves it to `crf` alone."""
    audio_bitrate_bps: PositiveInt = 160_000
    frame_rate: Rational
    threads: PositiveInt = 1
    notes: tuple[str, ...] = ()
    """What had to be done otherwise than asked, each in a sentence."""


class PlatformLimits(Value):
    """What a platform takes in one upload; None where it gives no figure."""

    min_duration_ms: NonNegativeInt = 0
    max_duration_ms: PositiveInt | None = None
    max_size_bytes: PositiveInt | None = None
    max_bitrate_bps: PositiveInt | None = None
    max_audio_bitrate_bps: PositiveInt | None = None
    min_frame_rate: PositiveInt | None = None


PLATFORM_LIMITS: Mapping[Platform, PlatformLimits] = MappingProxyType(
    {
        Platform.youtube: PlatformLimits(max_duration_ms=180_000, max_size_bytes=256 << 30),
        Platform.tiktok: PlatformLimits(
            max_duration_ms=600_000, max_size_bytes=4_000_000_000, min_frame_rate=23
        ),
        Platform.instagram: PlatformLimits(
            min_duration_ms=3_000,
            max_duration_ms=900_000,
            max_size_bytes=300_000_000,
            max_bitrate_bps=25_000_000,
            max_audio_bitrate_bps=128_000,
            min_frame_rate=23,
        ),
        Platform.x: PlatformLimits(
            min_duration_ms=500, max_duration_ms=140_000, max_size_bytes=512_000_000
        ),
        Platform.linkedin: PlatformLimits(
            min_duration_ms=3_000, max_duration_ms=1_800_000, max_size_bytes=500_000_000
        ),
    }
)
"""By the platforms' own pages for developers, November 2026; megabytes taken as decimal.

YouTube: the upload guide for the size; three minutes is the longest Short, a longer clip
becomes an ordinary video. TikTok: Content Posting API, media transfer guide (an account may
have less). Instagram: Reels specification of the publishing API. X: media best practices,
for accounts that do not pay. LinkedIn: Videos API.
"""


def limits(platform: Platform) -> PlatformLimits:
    """What a platform takes; for `any`, what all of them take."""
    wanted = PLATFORM_LIMITS.values() if platform is Platform.any else [PLATFORM_LIMITS[platform]]
    told = [one.model_dump(exclude_none=True) for one in wanted]

    def strictest(name: str, choose: Callable[[list[int]], int]) -> int | None:
        given = [one[name] for one in told if name in one]
        return choose(given) if given else None

    return PlatformLimits(
        min_duration_ms=strictest("min_duration_ms", max) or 0,
        max_duration_ms=strictest("max_duration_ms", min),
        max_size_bytes=strictest("max_size_bytes", min),
        max_bitrate_bps=strictest("max_bitrate_bps", min),
        max_audio_bitrate_bps=strictest("max_audio_bitrate_bps", min),
        min_frame_rate=strictest("min_frame_rate", max),
    )
