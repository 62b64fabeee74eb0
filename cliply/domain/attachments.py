"""Attachments: files that an edit brings in besides its source."""

from enum import StrEnum
from typing import Annotated

from pydantic import NonNegativeInt, PositiveInt, StringConstraints

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

AttachmentName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""How an edit names an attachment; the caller knows which file that is."""


class AttachmentKind(StrEnum):
    """What a file can be used as."""

    image = "image"
    video = "video"
    audio = "audio"
    font = "font"
    model = "model"


class Attachment(Value):
    """An accepted file: what it is and what is in it, never where it lies."""

    content_hash: str
    """BLAKE2b-256 of the file, hexadecimal."""
    kind: AttachmentKind
    container: str = ""
    """FFmpeg's name of the container or image format; the family of a font."""
    width_px: NonNegativeInt = 0
    height_px: NonNegativeInt = 0
    """Display size of a picture; 0 when there is none."""
    duration_ms: NonNegativeInt = 0
    """0 for images, fonts and models."""
    has_alpha: bool = False
    is_hdr: bool = False
    """Whether its light is coded as PQ or HLG."""
    has_audio: bool = False
    beats_ms: tuple[int, ...] = ()
    """Times of the beats of an audio file, in order."""
    heard: TimeRange | None = None
    """An audio file without the silence at its ends; None when it is silent."""
    loop: TimeRange | None = None
    """Beats of an audio file: at the end of it the music goes on as well at its start.

    None without a steady beat or when nothing comes again.
    """
    loudness_lufs: float | None = None
    """Integrated loudness (EBU R 128) of its sound; None without any."""
    size_bytes: PositiveInt


class AttachmentLimits(Value):
    """What an attachment may be."""

    max_image_bytes: PositiveInt = 10_000_000
    max_image_side_px: PositiveInt = 8192
    max_video_bytes: PositiveInt = 200_000_000
    max_video_ms: PositiveInt = 60_000
    max_audio_bytes: PositiveInt = 50_000_000
    max_audio_ms: PositiveInt = 15 * 60_000
    max_font_bytes: PositiveInt = 32_000_000
    max_model_bytes: PositiveInt = 512_000_000
    min_duration_ms: PositiveInt = 100
    """Of video and audio."""

    def max_bytes(self, kind: AttachmentKind) -> int:
        return {
            AttachmentKind.image: self.max_image_bytes,
            AttachmentKind.video: self.max_video_bytes,
            AttachmentKind.audio: self.max_audio_bytes,
            AttachmentKind.font: self.max_font_bytes,
            AttachmentKind.model: self.max_model_bytes,
        }[kind]
