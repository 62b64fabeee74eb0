"""The node `audio_suite`: what is done to the sound of a clip."""

from enum import StrEnum

from pydantic import Field, NonNegativeInt

from cliply.domain.attachments import Attachment, AttachmentName
from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

DUCK_DB = -12.0
"""Music under speech (REN-6)."""


class CensorMode(StrEnum):
    """What is heard in place of a censored word."""

    bleep = "bleep"
    mute = "mute"


class Noise(StrEnum):
    """What takes noise out of the voice."""

    spectral = "spectral"
    """FFmpeg's afftdn; always there."""
    model = "model"
    """A recurrent network (RNNoise) from an attached weights file."""


class SoundEffect(StrEnum):
    """The synthesised library."""

    whoosh = "whoosh"
    pop = "pop"
    ding = "ding"
    boom = "boom"
    click = "click"
    riser = "riser"
    applause = "applause"
    cash = "cash"


class MusicSettings(Value):
    """A music bed."""

    attachment: AttachmentName
    level_lu: float = Field(default=-8.0, ge=-40, le=6)
    """Loudness of the bed where nobody speaks, relative to the clip's target.

    Without any other sound the bed is the programme and is brought to the target itself.
    """
    duck_db: float = Field(default=DUCK_DB, ge=-40, le=0)
    """Change of its level under speech."""
    fade_ms: NonNegativeInt = Field(default=800, le=10_000)
    """At the clip's start and end."""


class NoiseSettings(Value):
    """Noise removal."""

    method: Noise = Noise.spectral
    strength_db: float = Field(default=12.0, ge=0.1, le=40)
    """How much noise is taken away, for `spectral`."""
    model: AttachmentName | None = None
    """RNNoise weights, for `model`."""


class CensorSettings(Value):
    """Words that are not to be heard."""

    mode: CensorMode = CensorMode.bleep
    profanity: bool = True
    """Words of the dictionary."""
    words: tuple[str, ...] = ()
    """Further words, compared without case and punctuation."""
    spans: tuple[TimeRange, ...] = ()
    """Stretches of the source."""


class PlacedSound(Value):
    """A sound effect at a moment: of the source in settings, of the clip in a spec."""

    effect: SoundEffect
    time_ms: NonNegativeInt
    gain_db: float = Field(default=-6.0, ge=-60, le=12)
    """0 lets the effect peak at -3 dBFS in a clip of -14 LUFS."""


class SoundEffectSettings(Value):
    """Sound effects."""

    by_keyword: bool = False
    """Puts effects at words of the dictionary."""
    placed: tuple[PlacedSound, ...] = ()


class AudioSettings(Value):
    """The node `audio_suite`: what a person chooses."""

    target_lufs: float = Field(default=-14.0, ge=-31, le=-9)
    noise: NoiseSettings | None = None
    music: MusicSettings | None = None
    censor: CensorSettings | None = None
    sound_effects: SoundEffectSettings | None = None
    mute: bool = False
    """Leaves the source's own sound out."""


class AudioGain(Value):
    """One gain and a limiter bring a clip to its loudness target (EBU R 128)."""

    gain_db: float
    ceiling_dbtp: float = -2.0
    """AAC adds to the true peak, so it lies below the -1 that is required in the end."""
    target_lufs: float = -14.0
    is_levelled: bool = True
    """False when there was too little sound to level; then it is left as it is."""


class CensoredSpan(Value):
    """A span of clip time that is not to be heard."""

    span: TimeRange
    mode: CensorMode


class NoiseSpec(Value):
    """Noise removal as it is done."""

    method: Noise
    strength_db: float = 12.0
    floor_dbfs: float = Field(default=-50.0, ge=-80, le=-20)
    """Level of the noise, for `spectral`."""
    profile: TimeRange | None = None
    """Where there is nothing but noise, for `spectral`; None takes it to be white."""
    model: Attachment | None = None


class MusicSpec(Value):
    """A music bed in clip time."""

    attachment: Attachment
    gain_db: float
    """From the file's level to that of the bed before the clip's own gain, which it also gets."""
    duck_db: float
    ducked: tuple[TimeRange, ...] = ()
    """Where somebody speaks."""
    fade_ms: NonNegativeInt


class AudioSpec(Value):
    """All that decides the samples of a clip; times are clip time."""

    gain: AudioGain | None = None
    """None when there is nothing to level."""
    has_source: bool = True
    """Whether the source's own sound is heard."""
    noise: NoiseSpec | None = None
    censored: tuple[CensoredSpan, ...] = ()
    music: MusicSpec | None = None
    sounds: tuple[PlacedSound, ...] = ()
