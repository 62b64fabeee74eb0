"""Opening a source file safely, and its clock."""

from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from cliply.errors import ErrorCode, MediaError
from cliply.media.structure import lacks_index, looks_like_media

CONTAINERS = (
    "mov",
    "matroska",
    "avi",
    "mpegts",
    "mpeg",
    "flv",
    "asf",
    "mxf",
    "wav",
    "w64",
    "flac",
    "mp3",
    "ogg",
    "aac",
    "aiff",
    "caf",
)
"""Formats that hold their own streams; playlists and scripts that name other files do not."""


def open_source(path: Path) -> InputContainer:
    """Open a file for reading, with every way to other files and the network closed.

    Raises MediaError saying why the file is not usable.
    """
    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(CONTAINERS)}
    try:
        return av.open(f"file:{path}", options=options, metadata_errors="replace")
    except (PermissionError, FileNotFoundError, IsADirectoryError) as error:
        raise unreadable(path, error.strerror) from None
    except av.FFmpegError:
        raise _why_not(path) from None


def unreadable(path: Path, reason: str | None) -> MediaError:
    """The error for a path that can not be read at all."""
    return MediaError(
        ErrorCode.source_unreadable,
        f"{path.name} can not be read ({reason or 'input/output error'}): "
        "check the path and its permissions.",
    )


def _why_not(path: Path) -> MediaError:
    if lacks_index(path):
        return MediaError(
            ErrorCode.source_truncated,
            f"{path.name} has no index (moov box), so its recording or upload was cut short: "
            "export or upload it again.",
        )
    if looks_like_media(path):
        return MediaError(
            ErrorCode.source_corrupt,
            f"{path.name} is damaged so badly that it can not be opened: export it again.",
        )
    return MediaError(
        ErrorCode.source_not_media,
        f"{path.name} is not a video or audio file that Cliply reads: "
        "give an MP4, MOV, MKV, WebM or another common media file.",
    )


class SourceClock:
    """Turns timestamps of a stream into source time.

    Source time zero is the start of the container's timeline, where a player begins.
    """

    def __init__(self, container: InputContainer) -> None:
        self._start_ms = (container.start_time or 0) / 1000

    def time_ms(self, pts: int, time_base: Fraction) -> int:
        """Milliseconds from source time zero; negative before it."""
        return round(pts * time_base.numerator * 1000 / time_base.denominator - self._start_ms)
