"""The edit of a clip: the effects graph as a person writes it.

`base_cut → reframe → green_screen → effects → captions → audio_suite → export`: the
nodes in the order they take effect. A node that is not asked for adds nothing.
"""

from typing import Self

from pydantic import Field, model_validator

from cliply.domain.brand import BrandKit
from cliply.domain.captions import CaptionSettings
from cliply.domain.effects import Effect, GreenScreen
from cliply.domain.export import ExportSettings
from cliply.domain.framing import ReframeSettings
from cliply.domain.sound import AudioSettings
from cliply.domain.timeline import TransitionKind
from cliply.domain.timing import TimeRange
from cliply.domain.value import Value


class SilenceRemoval(Value):
    """Pauses that are cut out."""

    longer_than_ms: int = Field(default=700, ge=200, le=10_000)
    leave_ms: int = Field(default=200, ge=0, le=2000)
    """How much of each pause stays, half on either side."""


class TransitionSettings(Value):
    """Between spans that a cut parted."""

    kind: TransitionKind
    duration_ms: int = Field(default=300, ge=100, le=2000)


class CutSettings(Value):
    """The node `base_cut`: which spans of the source are in the clip, in playing order."""

    keep: tuple[TimeRange, ...] | None = Field(default=None, min_length=1)
    """In playing order, none overlapping; None keeps the clip's span."""
    cut: tuple[TimeRange, ...] = ()
    """Taken out of what is kept, such as words."""
    remove_silences: SilenceRemoval | None = None
    remove_fillers: bool = False
    hook: TimeRange | None = None
    """Played first, and again in its place."""
    speed: float = Field(default=1.0, ge=0.5, le=2.0)
    """Above 1 is faster; the pitch stays."""
    transition: TransitionSettings | None = None
    snap_to_beats: bool = False
    """Moves cuts to the beat of the music bed, by at most 250 ms."""


class Edit(Value):
    """What is to be done to a clip."""

    base_cut: CutSettings = CutSettings()
    reframe: ReframeSettings = ReframeSettings()
    green_screen: GreenScreen | None = None
    effects: tuple[Effect, ...] = ()
    captions: CaptionSettings = CaptionSettings()
    audio_suite: AudioSettings = AudioSettings()
    export: ExportSettings = ExportSettings()
    brand: BrandKit | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        kinds = [effect.kind for effect in self.effects]
        twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if twice:
            raise ValueError(f"effects: {', '.join(twice)} may be there only once")
        if self.base_cut.snap_to_beats and self.audio_suite.music is None:
            raise ValueError("base_cut.snap_to_beats needs audio_suite.music")
        return self
