"""What decides the bytes of a rendered clip."""

import hashlib
import json

from pydantic import PositiveInt

from cliply.domain.attachments import Attachment
from cliply.domain.captions import CaptionSpec, Cue, FontRef
from cliply.domain.editing import Edit
from cliply.domain.effects import EffectsSpec
from cliply.domain.export import EncoderSpec
from cliply.domain.framing import AspectRatio, Framing
from cliply.domain.media import SourceMedia
from cliply.domain.sound import AudioSpec
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

PIPELINE_VERSION = "2"
"""Raised whenever the same spec would render to other pixels or samples."""


class Toolchain(Value):
    """Programs whose version changes the bytes."""

    ffmpeg_version: str
    ffmpeg_hash: str
    """SHA-256 of the binary, first 16 hexadecimal digits."""
    cpu_class: str
    """Instruction sets that x264 picks code by; other CPUs give other bytes."""


class BrandClips(Value):
    """What plays before and after the clip proper."""

    intro: Attachment | None = None
    outro: Attachment | None = None


class RenderSpec(Value):
    """Everything that decides the bytes of one rendered clip (REN-8).

    The same spec gives the same bytes on the same machine. `edit` is what was asked for;
    all other fields are what became of it, with every automatic choice made. Times are
    clip time except in `framing`.
    """

    pipeline_version: str = PIPELINE_VERSION
    toolchain: Toolchain
    source_hash: str
    source: SourceMedia
    title: str
    edit: Edit
    aspect_ratio: AspectRatio
    timeline: Timeline
    framing: Framing
    effects: EffectsSpec = EffectsSpec()
    cues: tuple[Cue, ...]
    captions: CaptionSpec | None
    """None burns nothing in."""
    fonts: tuple[FontRef, ...] = ()
    """Fonts of titles and lower thirds."""
    audio: AudioSpec
    brand: BrandClips = BrandClips()
    encoder: EncoderSpec
    notes: tuple[str, ...] = ()
    """What had to be done otherwise than asked, each in a sentence."""

    @property
    def span(self) -> TimeRange:
        """From the first to the last moment of the source that is shown."""
        return self.timeline.hull

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the output."""
        return self.encoder.width_px, self.encoder.height_px

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Every file that is read besides the source; fonts are apart."""
        effects, audio = self.effects, self.audio
        placed = (*effects.b_roll, *((effects.logo,) if effects.logo else ()))
        found = [overlay.attachment for overlay in placed]
        found += [effects.key.background, effects.key.model] if effects.key else []
        found += [audio.music.attachment] if audio.music else []
        found += [audio.noise.model] if audio.noise else []
        found += [self.brand.intro, self.brand.outro]
        return tuple(one for one in found if one is not None)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, hexadecimal."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Measured(Value):
    """What was measured in a finished render."""

    duration_ms: PositiveInt
    video_duration_ms: PositiveInt
    audio_duration_ms: PositiveInt
    width: PositiveInt
    height: PositiveInt
    frames: PositiveInt
    size_bytes: PositiveInt
    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None
