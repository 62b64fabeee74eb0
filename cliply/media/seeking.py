"""From where a source must be read so that a clip's first frame is decoded."""

from fractions import Fraction
from math import ceil
from pathlib import Path

from av.container import InputContainer
from av.video.stream import VideoStream as DecodedStream

from cliply.domain.media import SourceMedia
from cliply.errors import ErrorCode, MediaError
from cliply.media.source import SourceClock, open_source

LEAD_FRAMES = Fraction(3, 2)
"""Frames are decoded from this far before a clip, so that the one shown at its start is
there: half a frame is enough for exact times, and milliseconds are rounded."""

LONG_LEAD_MS = 2_000
"""The same at variable rates, where a frame may stand long."""

LANDING_MS = 200
"""FFmpeg is sent this far before a keyframe that it must not miss."""

INDEXED = ("mov", "matroska")
"""Containers in which FFmpeg finds the keyframe before a time by itself."""

STEPS_BACK_MS = (1_000, 5_000, 20_000, 60_000)
"""How far back keyframes are looked for; later than that, from the start."""


def lead_ms(source: SourceMedia) -> int:
    """How long before a clip its frames must be there."""
    video = source.video
    if video is None:
        return 0
    return LONG_LEAD_MS if video.is_variable_rate else ceil(1000 * LEAD_FRAMES / video.frame_rate)


def decode_from_ms(source: SourceMedia, path: Path, start_ms: int) -> int:
    """Source time from which FFmpeg is to read for a clip that starts at `start_ms`.

    In containers without an index, such as MPEG-TS, FFmpeg lands between two keyframes
    and would decode nothing before the second: there it is the keyframe before the clip.
    Raises MediaError when the file has lost its video.
    """
    wanted = max(0, start_ms - lead_ms(source))
    if source.video is None or source.container.startswith(INDEXED):
        return wanted
    with open_source(path) as container:
        stream = _video_stream(container, source.video.index)
        if stream is None:
            raise _lost_its_picture(path)
        return _keyframe_before(container, stream, wanted)


def _video_stream(container: InputContainer, index: int) -> DecodedStream | None:
    found = (stream for stream in container.streams.video if stream.index == index)
    return next(found, None)


def _lost_its_picture(path: Path) -> MediaError:
    """MPEG-TS tells its streams only by their packets, so a cut or damaged file has fewer."""
    return MediaError(
        ErrorCode.source_corrupt,
        f"{path.name} no longer has the video that was found in it: "
        "it was changed or damaged since then, so upload it again.",
    )


def _keyframe_before(container: InputContainer, stream: DecodedStream, wanted_ms: int) -> int:
    for back in STEPS_BACK_MS:
        found = _last_keyframe(container, stream, max(0, wanted_ms - back), wanted_ms)
        if found is not None:
            return max(0, found - LANDING_MS)
    return 0


def _last_keyframe(
    container: InputContainer, stream: DecodedStream, from_ms: int, to_ms: int
) -> int | None:
    clock = SourceClock(container)
    container.seek(from_ms * 1000 + (container.start_time or 0), backward=True)
    last = None
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        time_ms = clock.time_ms(packet.pts, packet.time_base)
        if time_ms > to_ms:
            break
        if packet.is_keyframe:
            last = time_ms
    return last
