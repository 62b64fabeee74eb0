"""What a source file is made of, and whether it may be used."""

from fractions import Fraction
from pathlib import Path

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream as AvAudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AvVideoStream

from cliply.domain.media import AudioStream, SourceLimits, SourceMedia, VideoStream
from cliply.media.acceptance import (
    check_bitrate,
    check_duration,
    check_resolution,
    check_streams,
    check_structure,
    readable_size,
    undecodable,
)
from cliply.media.beginning import Beginning, read_beginning
from cliply.media.duration import source_duration_ms, stream_end_ms
from cliply.media.source import SourceClock, open_source
from cliply.media.streams import (
    best_audio,
    best_video,
    codec_name,
    language,
    moving_pictures,
    text_subtitles,
)

STANDARD_LIMITS = SourceLimits()

MAX_PLAUSIBLE_RATE = 240
"""Frames per second above which a header's rate is a clock rate, not a frame rate."""

UNKNOWN_RATE = Fraction(25)

RATE_TOLERANCE = Fraction(1, 50)
"""Average and base rate of a steady stream lie closer than this share."""

HDR_TRANSFERS = (16, 18)
"""PQ and HLG (ITU-T H.273, table 3)."""


def probe(path: Path, limits: SourceLimits = STANDARD_LIMITS) -> SourceMedia:
    """Read structure and first seconds of a file; the whole only to measure a missing duration.

    Takes the best video stream and the default audio stream. Raises MediaError with the
    code of the first rule that the file breaks.
    """
    size_bytes = readable_size(path)
    check_structure(path)
    with open_source(path) as container:
        video, audio = best_video(container, limits.video_codecs), best_audio(container)
        check_streams(container, path, video, audio, limits)
        duration_ms = source_duration_ms(container, path)
        check_duration(path, duration_ms, limits)
        bitrate_bps = size_bytes * 8_000 // duration_ms
        check_bitrate(path, bitrate_bps, limits)
        beginning = read_beginning(container, video, audio)
        return SourceMedia(
            container=container.format.name,
            duration_ms=duration_ms,
            size_bytes=size_bytes,
            bitrate_bps=bitrate_bps,
            video=_checked_video(container, path, video, beginning, duration_ms, limits),
            audio=_checked_audio(container, path, audio, video, beginning.sound),
            subtitles=text_subtitles(container),
            warnings=_warnings(container, video, audio, beginning),
        )


def _checked_video(
    container: InputContainer,
    path: Path,
    stream: AvVideoStream | None,
    beginning: Beginning,
    duration_ms: int,
    limits: SourceLimits,
) -> VideoStream | None:
    if stream is None:
        return None
    picture = beginning.picture
    if picture is None:
        raise undecodable(path)
    check_resolution(path, (picture.width, picture.height), limits)
    video = _describe_video(container, stream, picture, beginning, duration_ms)
    check_resolution(path, (video.width, video.height), limits)
    return video


def _describe_video(
    container: InputContainer,
    stream: AvVideoStream,
    picture: VideoFrame,
    beginning: Beginning,
    duration_ms: int,
) -> VideoStream:
    rotation = clockwise_rotation(picture)
    width, height = _display_size(stream, picture, rotation)
    start_ms = _start_ms(container, picture)
    end_ms = min(stream_end_ms(container, stream) or duration_ms, duration_ms)
    return VideoStream(
        index=stream.index,
        codec=codec_name(stream) or "",
        width=width,
        height=height,
        coded_width=picture.width,
        coded_height=picture.height,
        frame_rate=_frame_rate(stream, beginning),
        rotation=rotation,
        pixel_format=picture.format.name,
        is_hdr=picture.color_trc in HDR_TRANSFERS,
        is_variable_rate=_is_variable_rate(stream, beginning),
        is_interlaced=bool(picture.interlaced_frame),
        start_ms=start_ms,
        duration_ms=max(1, end_ms - start_ms),
    )


def clockwise_rotation(picture: VideoFrame) -> int:
    """Degrees (0, 90, 180 or 270) that a player turns this frame clockwise."""
    return round(-picture.rotation / 90) * 90 % 360


def _display_size(stream: AvVideoStream, picture: VideoFrame, rotation: int) -> tuple[int, int]:
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    width = max(1, round(picture.width * (aspect if aspect > 0 else 1)))
    return (picture.height, width) if rotation in (90, 270) else (width, picture.height)


def _start_ms(container: InputContainer, frame: VideoFrame | AudioFrame) -> int:
    if frame.pts is None or frame.time_base is None:
        return 0
    return max(0, SourceClock(container).time_ms(frame.pts, frame.time_base))


def _frame_rate(stream: AvVideoStream, beginning: Beginning) -> Fraction:
    told = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    plausible = (Fraction(rate) for rate in told if rate and 0 < rate <= MAX_PLAUSIBLE_RATE)
    return next(plausible, None) or beginning.usual_rate or UNKNOWN_RATE


def _is_variable_rate(stream: AvVideoStream, beginning: Beginning) -> bool:
    average, base = stream.average_rate, stream.base_rate
    if average and base and abs(average / base - 1) > RATE_TOLERANCE:
        return True
    return beginning.has_uneven_frames


def _checked_audio(
    container: InputContainer,
    path: Path,
    stream: AvAudioStream | None,
    video: AvVideoStream | None,
    first: AudioFrame | None,
) -> AudioStream | None:
    if stream is None:
        return None
    if first is None:
        if video is None:
            raise undecodable(path)
        return None
    return AudioStream(
        index=stream.index,
        codec=codec_name(stream) or "",
        sample_rate=first.sample_rate,
        channels=first.layout.nb_channels,
        start_ms=_start_ms(container, first),
        language=language(stream),
    )


def _warnings(
    container: InputContainer,
    video: AvVideoStream | None,
    audio: AvAudioStream | None,
    beginning: Beginning,
) -> tuple[str, ...]:
    told = []
    pictures, sounds = len(moving_pictures(container)), len(container.streams.audio)
    if video is not None and pictures > 1:
        told.append(f"The file has {pictures} video streams; stream {video.index} was taken.")
    if audio is not None and sounds > 1:
        told.append(f"The file has {sounds} audio streams; stream {audio.index} was taken.")
    if sounds and (audio is None or beginning.sound is None):
        told.append("The audio can not be decoded; the file is treated as silent.")
    return tuple(told)
