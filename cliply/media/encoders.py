"""Output encoders: which are there, which one a clip gets, and what FFmpeg is told."""

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from cliply.domain.export import (
    PLATFORM_LIMITS,
    EncoderSpec,
    ExportSettings,
    FrameRate,
    Platform,
    Quality,
    VideoCodec,
    limits,
)
from cliply.domain.framing import AspectRatio
from cliply.domain.media import SourceMedia
from cliply.errors import CliplyError
from cliply.media import ffmpeg as tool
from cliply.media.loudness import AAC_OPTIONS

KEYFRAME_S = 2
"""Longest distance of two keyframes, in seconds."""

THIRTY = Fraction(30)

FASTEST = 31
"""Frames per second from which on every other frame is left out."""

SLOWEST = 23
"""Frames per second below which TikTok and Instagram refuse a video."""

BROADCAST_RATES = (
    Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30),
)  # fmt: skip

NEAR = Fraction(1, 5000)
"""Headers round: 2997/100 is 30000/1001. Half of the distance would be 1/2000."""

PREVIEW_SIZES_PX = {
    AspectRatio.portrait: (540, 960),
    AspectRatio.square: (540, 540),
    AspectRatio.tall: (540, 676),
    AspectRatio.landscape: (960, 540),
}
"""Half of the final size; 675 lines would be odd, which 4:2:0 can not have."""

SOFTWARE = {VideoCodec.h264: "libx264", VideoCodec.h265: "libx265"}
HARDWARE = {VideoCodec.h264: "h264_nvenc", VideoCodec.h265: "hevc_nvenc"}

CRF = {"libx264": 20, "libx265": 23, "h264_nvenc": 22, "hevc_nvenc": 24}
"""About one visible quality on four scales."""

PRESETS = {"libx264": "veryfast", "libx265": "veryfast", "h264_nvenc": "p5", "hevc_nvenc": "p5"}

HARDWARE_BYTES = 1 << 46
"""CUDA reserves address space for all memory of GPU and machine; the usual cap stops it."""

OVERHEAD = Fraction(95, 100)
"""Share of a size limit that picture and sound may fill; the index takes far less."""

NAMES = {
    Platform.youtube: "YouTube Shorts",
    Platform.tiktok: "TikTok",
    Platform.instagram: "Instagram",
    Platform.x: "X",
    Platform.linkedin: "LinkedIn",
}


def frame_rate_for(settings: ExportSettings, source: SourceMedia) -> Fraction:
    """Frames per second of a clip, between 23 and 31.

    30, or 30000/1001 for a source in an NTSC rate of 29.97 or 59.94. With
    `FrameRate.source` the source's own, halved while above 31. Variable rates and those
    below 23 become 30.
    """
    video = source.video
    if video is None or video.is_variable_rate:
        return THIRTY
    own = _exact(video.frame_rate)
    if settings.frame_rate is FrameRate.source:
        return own if own >= SLOWEST else THIRTY
    return own if own == Fraction(30000, 1001) else THIRTY


def _exact(rate: Fraction) -> Fraction:
    """A rate halved into the range, and that of broadcasting which it is a rounding of."""
    while rate > FASTEST:
        rate /= 2
    return next((one for one in BROADCAST_RATES if abs(rate / one - 1) < NEAR), rate)


def encoder_spec(
    settings: ExportSettings,
    aspect: AspectRatio,
    source: SourceMedia,
    available: frozenset[str],
    *,
    duration_ms: int | None = None,
) -> EncoderSpec:
    """The encoder of a clip; `available` are `usable_encoders`.

    Hardware that is asked for and not there becomes software, with a note. With a duration
    the bitrate is held so that the file stays under the platform's largest size.
    """
    rate = frame_rate_for(settings, source)
    if settings.quality is Quality.preview:
        return _preview(aspect, rate)
    codec, notes = _codec(settings, available)
    audio_bps = min(160_000, limits(settings.platform).max_audio_bitrate_bps or 160_000)
    return EncoderSpec(
        width_px=aspect.size_px[0],
        height_px=aspect.size_px[1],
        video_codec=codec,
        preset=PRESETS[codec],
        crf=CRF[codec],
        max_bitrate_bps=_max_bitrate(settings.platform, audio_bps, duration_ms),
        audio_bitrate_bps=audio_bps,
        frame_rate=rate,
        notes=(*notes, *_rate_notes(settings, source, rate)),
    )


def _preview(aspect: AspectRatio, rate: Fraction) -> EncoderSpec:
    """Always H.264 in software: a preview has to be there soon, wherever it is watched."""
    width, height = PREVIEW_SIZES_PX[aspect]
    return EncoderSpec(
        width_px=width, height_px=height, preset="ultrafast", crf=28, frame_rate=rate,
        audio_bitrate_bps=96_000,
    )  # fmt: skip


def _codec(settings: ExportSettings, available: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    hardware, software = HARDWARE[settings.codec], SOFTWARE[settings.codec]
    if settings.hardware and hardware in available:
        return hardware, ()
    notes = []
    if settings.hardware:
        notes.append("No GPU of this machine can encode; the clip was encoded in software.")
    if software not in available and "libx264" in available:
        software = "libx264"
        notes.append("This FFmpeg can not write H.265; the clip was encoded as H.264.")
    return software, tuple(notes)


def _max_bitrate(platform: Platform, audio_bps: int, duration_ms: int | None) -> int | None:
    taken = limits(platform)
    highest = [taken.max_bitrate_bps - audio_bps] if taken.max_bitrate_bps else []
    if taken.max_size_bytes and duration_ms:
        whole = taken.max_size_bytes * 8000 * OVERHEAD / duration_ms
        highest.append(max(500_000, int(whole) - audio_bps))
    return min(highest, default=None)


def _rate_notes(settings: ExportSettings, source: SourceMedia, rate: Fraction) -> Iterator[str]:
    video = source.video
    if settings.frame_rate is not FrameRate.source or video is None:
        return
    if video.is_variable_rate:
        yield "The source has no steady frame rate; the clip has 30 frames a second."
    elif rate != _exact(video.frame_rate):
        yield (
            f"The source has {float(video.frame_rate):.3g} frames a second, which platforms "
            "refuse; the clip has 30."
        )


def limit_notes(
    platform: Platform, duration_ms: int, size_bytes: int | None = None
) -> tuple[str, ...]:
    """A sentence for each platform, among those asked for, that will not take a clip."""
    asked = PLATFORM_LIMITS if platform is Platform.any else (platform,)
    return tuple(note for one in asked for note in _limit_notes(one, duration_ms, size_bytes))


def _limit_notes(platform: Platform, duration_ms: int, size_bytes: int | None) -> Iterator[str]:
    taken, name = PLATFORM_LIMITS[platform], NAMES[platform]
    length = f"The clip is {duration_ms / 1000:.1f} s long"
    if taken.max_duration_ms and duration_ms > taken.max_duration_ms:
        yield f"{length}, {name} takes at most {taken.max_duration_ms / 1000:g} s: shorten it."
    if duration_ms < taken.min_duration_ms:
        yield f"{length}, {name} takes no less than {taken.min_duration_ms / 1000:g} s: extend it."
    if taken.max_size_bytes and (size_bytes or 0) > taken.max_size_bytes:
        yield (
            f"The file has {(size_bytes or 0) / 1e6:.0f} MB, {name} takes at most "
            f"{taken.max_size_bytes / 1e6:.0f} MB: shorten the clip."
        )


def encoder_arguments(encoder: EncoderSpec) -> list[str]:
    """FFmpeg's options for picture and sound of one output, after its `-map`s."""
    return [
        "-c:v", encoder.video_codec, "-preset", encoder.preset,
        *_quality(encoder),
        "-g", str(round(KEYFRAME_S * encoder.frame_rate)),
        "-r", str(encoder.frame_rate), "-threads", str(encoder.threads),
        *_ceiling(encoder),
        "-flags:v", "+bitexact",
        *audio_arguments(encoder),
    ]  # fmt: skip


def audio_arguments(encoder: EncoderSpec) -> list[str]:
    """FFmpeg's options for the sound alone."""
    bitrate = str(encoder.audio_bitrate_bps)
    return ["-c:a", "aac", *AAC_OPTIONS, "-b:a", bitrate, "-ac", "2", "-flags:a", "+bitexact"]


def _quality(encoder: EncoderSpec) -> list[str]:
    """What constant quality, profile and a closed group of pictures are called.

    Apple's players open H.265 in MP4 only by the name hvc1. x265 opens its groups of
    pictures, which X and Instagram refuse, and writes its options into the stream unless
    told otherwise.
    """
    crf = str(encoder.crf)
    match encoder.video_codec:
        case "libx265":
            quiet = "log-level=error:info=0:open-gop=0:pools=none:frame-threads=1"
            return ["-crf", crf, "-profile:v", "main", "-tag:v", "hvc1", "-x265-params", quiet]
        case "h264_nvenc":
            return ["-rc", "vbr", "-cq", crf, "-b:v", "0", "-profile:v", "high"]
        case "hevc_nvenc":
            return ["-rc", "vbr", "-cq", crf, "-b:v", "0", "-profile:v", "main", "-tag:v", "hvc1"]
        case _:
            return ["-crf", crf, "-profile:v", "high"]


def _ceiling(encoder: EncoderSpec) -> list[str]:
    if encoder.max_bitrate_bps is None:
        return []
    buffer = KEYFRAME_S * encoder.max_bitrate_bps
    return ["-maxrate", str(encoder.max_bitrate_bps), "-bufsize", str(buffer)]


def memory_bytes(encoder: EncoderSpec) -> int:
    """Address space that FFmpeg needs with this encoder."""
    return HARDWARE_BYTES if encoder.video_codec in HARDWARE.values() else tool.MEMORY_BYTES


def usable_encoders(ffmpeg: Path) -> frozenset[str]:
    """Names of the video encoders that work on this machine; empty without an FFmpeg.

    Those of a GPU are listed by any FFmpeg that knows them, so they have to encode a few
    frames to count. Computed once per binary and process; never raises.
    """
    try:
        status = ffmpeg.stat()
        return _usable(ffmpeg, status.st_mtime_ns, status.st_size)
    except (OSError, CliplyError):
        return frozenset()


@lru_cache(maxsize=8)
def _usable(ffmpeg: Path, _mtime_ns: int, _size: int) -> frozenset[str]:
    rows = (line.split() for line in tool.ask(ffmpeg, "-encoders").splitlines())
    listed = {row[1] for row in rows if len(row) > 1 and row[0].startswith("V")}
    unproven = listed & set(HARDWARE.values())
    proven = {name for name in unproven if _encodes(ffmpeg, name)}
    return frozenset((listed - unproven | proven) - {"="})


def _encodes(ffmpeg: Path, encoder: str) -> bool:
    source = "color=c=gray:s=256x256:r=30:d=0.2,format=yuv420p"
    try:
        tool.run(
            ffmpeg,
            ["-f", "lavfi", "-i", source, "-c:v", encoder, "-f", "null", "-"],
            duration_ms=200,
            timeout_s=20,
            memory_bytes=HARDWARE_BYTES,
        )
    except (CliplyError, OSError, subprocess.SubprocessError):
        return False
    return True
