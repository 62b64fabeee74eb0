"""Opening a source file safely, and its clock."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av
from av.container import InputContainer
from av.stream import Discard

from cliply.domain.media import AudioStream
from cliply.errors import ErrorCode, MediaError
from cliply.media.heap import trim_heap
from cliply.media.sample_packets import Rest
from cliply.media.sample_tables import (
    MANY_SAMPLES,
    PatchedFile,
    Patches,
    other_tables_cut,
    stream_cut,
)
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


PLAIN_CODECS = frozenset({"aac", "opus"})
"""Of sound, whose packets in an ISO file FFmpeg hands on as they lie there."""

Cuts = TypeVar("Cuts")


@contextmanager
def open_source(path: Path) -> Iterator[InputContainer]:
    """Open a file for reading, with every way to other files and the network closed.

    What a long index took is given back at the end. Raises MediaError saying why the file is
    not usable.
    """
    is_long = False
    try:
        with _opened(path, f"file:{path}") as container:
            is_long = sum(stream.frames for stream in container.streams) >= MANY_SAMPLES
            yield container
    finally:
        if is_long:
            trim_heap()


@contextmanager
def open_stream(path: Path, index: int, *, many: int = MANY_SAMPLES) -> Iterator[InputContainer]:
    """Open a file to read one of its streams alone; only that one's packets can be had.

    Files of `many` packets take less memory than with `open_source`, and what they took is
    given back at the end. Raises MediaError saying why the file is not usable.
    """
    with _narrowed(path, index, _cuts_in(path, other_tables_cut, index, many)) as container:
        yield container


@contextmanager
def open_sound(
    path: Path, audio: AudioStream, *, many: int = MANY_SAMPLES
) -> Iterator[tuple[InputContainer, Rest | None]]:
    """Open a file to read its sound from its first packet to its last.

    With a rest, the container gives the first packets alone. Memory does not grow with the
    length of the source where FFmpeg's packets of a codec are the samples of the file. Raises
    MediaError saying why the file is not usable.
    """
    beginning = None
    if audio.codec in PLAIN_CODECS:
        patches, beginning = _cuts_in(path, stream_cut, audio.index, many)
    else:
        patches = _cuts_in(path, other_tables_cut, audio.index, many)
    with _narrowed(path, audio.index, patches) as container:
        yield container, beginning and Rest(path, beginning)


@contextmanager
def _narrowed(path: Path, index: int, patches: Patches) -> Iterator[InputContainer]:
    try:
        with ExitStack() as stack:
            file = stack.enter_context(PatchedFile(path, patches)) if patches else f"file:{path}"
            container = stack.enter_context(_opened(path, file))
            for stream in container.streams:
                if stream.index != index:
                    stream.discard = Discard.all
            yield container
    finally:
        trim_heap()


def _cuts_in(path: Path, find: Callable[[Path, int, int], Cuts], index: int, many: int) -> Cuts:
    try:
        return find(path, index, many)
    except OSError as error:
        raise unreadable(path, error.strerror) from None


def _opened(path: Path, file: str | PatchedFile) -> InputContainer:
    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(CONTAINERS)}
    try:
        return av.open(file, mode="r", options=options, metadata_errors="replace")
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
