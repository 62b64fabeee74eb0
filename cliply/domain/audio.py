"""What can be heard in a source, apart from the words."""

from enum import StrEnum

from pydantic import Field, NonNegativeInt

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

HOP_MS = 100
"""Length of one row of the level series."""

SILENT_LUFS = -70.0
"""Absolute gate of ITU-R BS.1770; also stands for digital silence."""


class AudioState(StrEnum):
    """Whether there is anything to hear."""

    heard = "heard"
    silent = "silent"
    """There is a stream and it never rises above -60 dBFS."""
    absent = "absent"


class AudioPeak(Value):
    """A loud moment that stands out from its surroundings."""

    time_ms: NonNegativeInt
    rise_db: float
    """How far its level lies above the median of the source."""


class SoundKind(StrEnum):
    """What stretches of sound can be besides speech."""

    laughter = "laughter"
    applause = "applause"
    shout = "shout"
    music = "music"


class SoundEvent(Value):
    """A stretch that sounds like one of the kinds."""

    kind: SoundKind
    span: TimeRange
    likelihood: float = Field(ge=0, le=1)


class BeatGrid(Value):
    """The beats of the music in a source."""

    beats_ms: tuple[NonNegativeInt, ...]
    tempo_bpm: float


class AudioFeatures(Value):
    """Events and totals; the level series is a table of its own (`LEVEL_COLUMNS`)."""

    state: AudioState
    duration_ms: NonNegativeInt
    integrated_lufs: float = SILENT_LUFS
    """Integrated loudness of the whole source, EBU R 128."""
    sample_peak_dbfs: float = -120.0
    median_rms_dbfs: float = -120.0
    silences: tuple[TimeRange, ...] = ()
    """Stretches of at least 200 ms well below the speech level."""
    speech: tuple[TimeRange, ...] = ()
    """Stretches with voice in them, by voice activity detection."""
    peaks: tuple[AudioPeak, ...] = ()
    events: tuple[SoundEvent, ...] = ()
    """Laughter, applause, shouts and music, in order of their start; kinds may overlap."""
    beats: BeatGrid | None = None
    """None where no music with a steady beat is heard."""


LEVEL_COLUMNS = ("start_ms", "rms_dbfs", "peak_dbfs", "k_power", "onset")
"""Columns of the level series, one row for each `HOP_MS` from source time 0.

`start_ms` Int64; `rms_dbfs` and `peak_dbfs` Float32, -120 for digital silence; `k_power`
Float64, the channel-weighted sum of K-weighted mean squares (ITU-R BS.1770-4, eq. 1-2);
`onset` Float32, half-wave rectified spectral flux, >= 0.
"""

LIKELIHOOD_COLUMNS = tuple(kind.value for kind in SoundKind)
"""Columns that the level series of a source has besides, Float32: how much each row sounds
like the kind, 0…1. Events are where they are high for long enough.
"""
