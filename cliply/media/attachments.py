"""Accepts uploaded attachments: a file is what its content says, whatever its name is."""

import stat
from pathlib import Path

import numpy as np

from cliply.domain.attachments import Attachment, AttachmentKind, AttachmentLimits
from cliply.domain.audio import SILENT_LUFS
from cliply.domain.media import SourceLimits, SourceMedia
from cliply.errors import ErrorCode, InvalidInput, MediaError
from cliply.media.audio import read_audio
from cliply.media.beats import beats
from cliply.media.font_files import font_family
from cliply.media.hashing import hash_file
from cliply.media.image_files import describe_image
from cliply.media.levels import LEVEL_RATE, LevelMeter
from cliply.media.loudness import integrated_lufs
from cliply.media.music_loop import find_repetition
from cliply.media.probe import probe

STANDARD_LIMITS = AttachmentLimits()

ANY_BITRATE = 1 << 40
"""An intro in ProRes has 200 Mbit/s; its size in bytes is what is limited."""

NO_ONSETS = np.zeros(0, np.float32)

KIND_CODES = {
    AttachmentKind.video: ErrorCode.attachment_not_video,
    AttachmentKind.audio: ErrorCode.attachment_not_audio,
}

CODES = {
    ErrorCode.source_unreadable: ErrorCode.attachment_unreadable,
    ErrorCode.source_empty: ErrorCode.attachment_empty,
    ErrorCode.source_too_long: ErrorCode.attachment_too_long,
    ErrorCode.source_too_short: ErrorCode.attachment_too_short,
    ErrorCode.source_resolution_too_high: ErrorCode.attachment_too_large,
    ErrorCode.source_codec_unsupported: ErrorCode.attachment_unsupported,
    ErrorCode.source_encrypted: ErrorCode.attachment_unsupported,
}
"""What the same fault is called in a source; every other one is damage."""


def accept(
    path: Path, kind: AttachmentKind, limits: AttachmentLimits = STANDARD_LIMITS
) -> Attachment:
    """What a file is made of, when it can be used as this kind of attachment.

    Nothing is written. Raises InvalidInput with an `ATTACHMENT_` code and what to do about it.
    """
    size_bytes = _size(path, kind, limits.max_bytes(kind))
    described = _described(path, kind, limits)
    return described.model_copy(update={"size_bytes": size_bytes, "content_hash": hash_file(path)})


def _size(path: Path, kind: AttachmentKind, most: int) -> int:
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error.strerror) from None
    if not stat.S_ISREG(status.st_mode):
        raise _unreadable(path, "it is no file")
    if status.st_size == 0:
        raise InvalidInput(ErrorCode.attachment_empty, f"{path.name} is empty: upload it again.")
    if status.st_size > most:
        raise InvalidInput(
            ErrorCode.attachment_too_large,
            f"{path.name} has {status.st_size / 1e6:.1f} MB, the most for {kind.value} "
            f"attachments is {most / 1e6:g} MB: export it smaller.",
        )
    return status.st_size


def _unreadable(path: Path, why: str | None) -> InvalidInput:
    return InvalidInput(
        ErrorCode.attachment_unreadable,
        f"{path.name} can not be read ({why or 'input/output error'}): upload it again.",
    )


def _described(path: Path, kind: AttachmentKind, limits: AttachmentLimits) -> Attachment:
    """All but size and hash, which stand for nothing yet."""
    blank = Attachment(content_hash="", kind=kind, size_bytes=1)
    match kind:
        case AttachmentKind.image:
            image = describe_image(path, limits.max_image_side_px)
            return blank.model_copy(update=image._asdict())
        case AttachmentKind.font:
            return blank.model_copy(update={"container": font_family(path)})
        case AttachmentKind.video:
            return _video(path, blank, limits)
        case AttachmentKind.audio:
            return _audio(path, blank, limits)
        case AttachmentKind.model:
            return blank


def _video(path: Path, blank: Attachment, limits: AttachmentLimits) -> Attachment:
    media = _probed(path, blank.kind, limits.max_video_ms, limits)
    if media.video is None:
        raise _not(path, blank.kind, "has sound but no moving picture: give a video file.")
    return blank.model_copy(
        update={
            "container": media.container,
            "width_px": media.video.width,
            "height_px": media.video.height,
            "duration_ms": media.duration_ms,
            "has_alpha": _has_alpha(media.video.pixel_format),
            "is_hdr": media.video.is_hdr,
            "has_audio": media.audio is not None,
            "loudness_lufs": _loudness(path, media),
        }
    )


def _has_alpha(pixel_format: str) -> bool:
    """FFmpeg's names of formats with an alpha plane: rgba, argb, yuva444p10le, ya8, gbrap."""
    return pixel_format.startswith(("yuva", "rgba", "argb", "bgra", "abgr", "ya", "gbrap"))


def _audio(path: Path, blank: Attachment, limits: AttachmentLimits) -> Attachment:
    media = _probed(path, blank.kind, limits.max_audio_ms, limits)
    if media.video is not None:
        raise _not(path, blank.kind, "is a video: give its sound alone, as MP3, WAV or M4A.")
    beats_ms = beats(path)
    return blank.model_copy(
        update={
            "container": media.container,
            "duration_ms": media.duration_ms,
            "has_audio": True,
            "loudness_lufs": _loudness(path, media),
            "beats_ms": beats_ms,
            **find_repetition(path, media, beats_ms)._asdict(),
        }
    )


def _not(path: Path, kind: AttachmentKind, what: str) -> InvalidInput:
    return InvalidInput(KIND_CODES[kind], f"{path.name} {what}")


def _probed(
    path: Path, kind: AttachmentKind, max_duration_ms: int, limits: AttachmentLimits
) -> SourceMedia:
    """The rules of sources hold for attachments, but for length and bitrate."""
    rules = SourceLimits(
        min_duration_ms=limits.min_duration_ms,
        max_duration_ms=max_duration_ms,
        max_bitrate_bps=ANY_BITRATE,
    )
    try:
        return probe(path, rules)
    except MediaError as error:
        if error.code is ErrorCode.source_not_media:
            advice = "a video file, such as MP4." if kind is AttachmentKind.video else "MP3 or WAV."
            raise _not(
                path, kind, f"holds no {kind.value} that Cliply reads: give {advice}"
            ) from None
        code = CODES.get(error.code, ErrorCode.attachment_damaged)
        raise InvalidInput(code, error.message) from None


def _loudness(path: Path, media: SourceMedia) -> float | None:
    """Integrated loudness of the stereo mix, to 0.1 LU; None without sound or in silence."""
    meter = LevelMeter()
    for block in read_audio(path, media, sample_rate=LEVEL_RATE):
        meter.feed(block)
    lufs = integrated_lufs(meter.table(NO_ONSETS)["k_power"].to_numpy())
    return round(lufs, 1) if lufs > SILENT_LUFS else None
