"""Choosing the streams of a file that a job works on."""

from collections.abc import Iterable

from av.audio.stream import AudioStream as AvAudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream as AvVideoStream

from cliply.domain.media import SubtitleStream

TEXT_SUBTITLES = frozenset(
    {"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text", "ttml", "subviewer", "microdvd"}
)
"""Codecs that carry words; the others (DVD, Blu-ray, DVB) carry pictures of words."""

NOT_A_PICTURE_TRACK = Disposition.attached_pic | Disposition.timed_thumbnails
SIDE_AUDIO = (
    Disposition.comment
    | Disposition.hearing_impaired
    | Disposition.visual_impaired
    | Disposition.karaoke
)


def moving_pictures(container: InputContainer) -> list[AvVideoStream]:
    """Video streams other than cover art and thumbnails."""
    return [
        stream for stream in container.streams.video if not stream.disposition & NOT_A_PICTURE_TRACK
    ]


def best_video(container: InputContainer, allowed_codecs: Iterable[str]) -> AvVideoStream | None:
    """The largest picture, then the highest bitrate, then the first; None without a usable one."""
    allowed = set(allowed_codecs)
    usable = [s for s in moving_pictures(container) if codec_name(s) in allowed and s.width]
    return max(usable, key=_picture_rank, default=None)


def best_audio(container: InputContainer) -> AvAudioStream | None:
    """The stream a player would choose: the default one, then the one with most in it."""
    usable = [s for s in container.streams.audio if codec_name(s) and s.sample_rate and s.channels]
    return max(usable, key=_sound_rank, default=None)


def text_subtitles(container: InputContainer) -> tuple[SubtitleStream, ...]:
    """Subtitle streams that hold words, in the order of the file."""
    found = ((stream, codec_name(stream)) for stream in container.streams.subtitles)
    return tuple(
        SubtitleStream(index=stream.index, codec=codec, language=language(stream))
        for stream, codec in found
        if codec in TEXT_SUBTITLES
    )


def codec_name(stream: Stream) -> str | None:
    """FFmpeg's name of the codec, None when there is no decoder for it."""
    if stream.codec_context is None:
        return None
    return stream.codec_context.codec.canonical_name


def language(stream: Stream) -> str | None:
    """The language tag as the file writes it, mostly ISO 639-2; None when not told."""
    tag = stream.metadata.get("language", "").strip().lower()
    return tag if tag not in ("", "und") else None


def stream_bitrate(stream: AvVideoStream | AvAudioStream) -> int:
    """Bits per second as told by the codec or by Matroska's tags; 0 when nobody says."""
    told = stream.bit_rate or stream.metadata.get("BPS", "0")
    return int(told) if str(told).isdigit() else 0


def is_protected(stream: Stream) -> bool:
    """Whether a Matroska or WebM stream is encrypted."""
    return "enc_key_id" in stream.metadata


def _picture_rank(stream: AvVideoStream) -> tuple[int, int, int]:
    return stream.width * stream.height, stream_bitrate(stream), -stream.index


def _sound_rank(stream: AvAudioStream) -> tuple[bool, bool, int, int, int, int]:
    return (
        not stream.disposition & SIDE_AUDIO,
        bool(stream.disposition & Disposition.default),
        stream.channels,
        stream.sample_rate,
        stream_bitrate(stream),
        -stream.index,
    )
