"""The rules that a source file has to keep before work begins on it."""

from fractions import Fraction
from pathlib import Path

from av.audio.stream import AudioStream as AvAudioStream
from av.container import InputContainer
from av.video.stream import VideoStream as AvVideoStream

from cliply.domain.media import SourceLimits
from cliply.errors import ErrorCode, MediaError
from cliply.media.source import unreadable
from cliply.media.streams import codec_name, is_protected, moving_pictures
from cliply.media.structure import is_encrypted, missing_bytes

LENGTH_TOLERANCE = Fraction(1, 4 * 3600)
"""Share by which a source may be too long, a second of four hours: recordings end with a whole
packet of sound and a whole frame."""


def readable_size(path: Path) -> int:
    """Size in bytes of a file that can be opened and has something in it."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
    except OSError as error:
        raise unreadable(path, error.strerror) from None
    if size == 0:
        raise MediaError(ErrorCode.source_empty, f"{path.name} is empty: upload it again.")
    return size


def check_structure(path: Path) -> None:
    """Refuse what the bytes of the container tell to be protected or cut short."""
    if is_encrypted(path):
        raise _encrypted(path)
    missing = missing_bytes(path)
    if missing > 0:
        raise cut_short(path, f"its last {missing:,} bytes are missing")


def check_streams(
    container: InputContainer,
    path: Path,
    video: AvVideoStream | None,
    audio: AvAudioStream | None,
    limits: SourceLimits,
) -> None:
    """Refuse a file of which no usable stream, or none that may be used, was chosen."""
    pictures, sounds = moving_pictures(container), list(container.streams.audio)
    if any(is_protected(stream) for stream in (*pictures, *sounds)):
        raise _encrypted(path)
    if pictures and video is None:
        raise _unsupported(path, pictures, f"one of {', '.join(sorted(limits.video_codecs))}")
    if sounds and video is None and audio is None:
        raise _unsupported(path, sounds, "AAC, MP3, Opus, FLAC or PCM")
    if video is None and audio is None:
        raise MediaError(
            ErrorCode.source_not_media,
            f"{path.name} holds neither moving pictures nor sound: give a video or audio file.",
        )


def check_resolution(path: Path, size_px: tuple[int, int], limits: SourceLimits) -> None:
    """Refuse a picture that is too large, upright or lying."""
    if max(size_px) <= limits.max_long_side_px and min(size_px) <= limits.max_short_side_px:
        return
    raise MediaError(
        ErrorCode.source_resolution_too_high,
        f"{path.name} has {size_px[0]}x{size_px[1]} pixels, the most is "
        f"{limits.max_long_side_px}x{limits.max_short_side_px}: export it smaller.",
    )


def check_duration(path: Path, duration_ms: int, limits: SourceLimits) -> None:
    """Refuse what is too short to clip or too long to work through."""
    if duration_ms < limits.min_duration_ms:
        raise MediaError(
            ErrorCode.source_too_short,
            f"{path.name} is {duration_ms / 1000:.1f} s long, the least is "
            f"{limits.min_duration_ms / 1000:g} s: give a longer one.",
        )
    if duration_ms > limits.max_duration_ms * (1 + LENGTH_TOLERANCE):
        raise MediaError(
            ErrorCode.source_too_long,
            f"{path.name} is {duration_ms / 3_600_000:.2f} h long, the most is "
            f"{limits.max_duration_ms / 3_600_000:g} h: split it.",
        )


def check_bitrate(path: Path, bitrate_bps: int, limits: SourceLimits) -> None:
    """Refuse a file with more bits per second than decoding is planned for."""
    if bitrate_bps > limits.max_bitrate_bps:
        raise MediaError(
            ErrorCode.source_bitrate_too_high,
            f"{path.name} has {bitrate_bps / 1e6:.1f} Mbit/s, the most is "
            f"{limits.max_bitrate_bps / 1e6:g} Mbit/s: export it with a lower bitrate.",
        )


def cut_short(path: Path, sign: str) -> MediaError:
    """The error for a file whose end is missing; `sign` says how that shows."""
    return MediaError(
        ErrorCode.source_truncated,
        f"{path.name} was cut short on its way, {sign}: upload it again.",
    )


def undecodable(path: Path) -> MediaError:
    """The error for a file of which nothing can be decoded."""
    return MediaError(
        ErrorCode.source_corrupt,
        f"{path.name} is damaged, nothing in it can be decoded: export it again.",
    )


def _encrypted(path: Path) -> MediaError:
    return MediaError(
        ErrorCode.source_encrypted,
        f"{path.name} is protected by encryption: give a file without copy protection.",
    )


def _unsupported(
    path: Path, streams: list[AvVideoStream] | list[AvAudioStream], advice: str
) -> MediaError:
    codecs = ", ".join(sorted({codec_name(stream) or "an unknown codec" for stream in streams}))
    return MediaError(
        ErrorCode.source_codec_unsupported,
        f"{path.name} is coded with {codecs}, which is not supported: convert it to {advice}.",
    )
