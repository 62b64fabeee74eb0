"""A rendered clip as the asset graph hands it on."""

from enum import StrEnum

from pydantic import Field, NonNegativeInt, PositiveInt

from cliply.domain.candidates import ScoreParts
from cliply.domain.ids import ClipId
from cliply.domain.quality import QualityReport
from cliply.domain.rendering import Measured, RenderSpec
from cliply.domain.timeline import TransitionKind
from cliply.domain.timing import TimeRange
from cliply.domain.value import Value


class ClipStatus(StrEnum):
    """Where a clip stands between selection and publication."""

    planned = "planned"
    """Its moment, or its present edit, has no render yet."""
    rendered = "rendered"
    needs_attention = "needs_attention"
    """Rendered, but a check of its quality report still fails."""
    approved = "approved"
    rejected = "rejected"


def status_of(report: QualityReport) -> ClipStatus:
    """The status of a clip right after a render with this report."""
    return ClipStatus.rendered if report.passed else ClipStatus.needs_attention


class RenderFiles(Value):
    """Object keys of one rendered version."""

    video_key: str
    srt_key: str
    vtt_key: str
    poster_key: str


class Cut(Value):
    """A stretch of the source that plays in a clip."""

    source: TimeRange
    clip: TimeRange
    """When it plays, in clip time; in a transition two stretches do."""
    speed: float
    """Source seconds per clip second."""
    transition: TransitionKind | None = None
    """Into the next stretch."""
    transition_ms: NonNegativeInt = 0


class Moment(Value):
    """What was chosen for a clip, and what is said about it."""

    candidate_id: str | None = None
    """None where the latest selection no longer has the moment, or none was kept."""
    span: TimeRange
    """The moment of the source that was selected; an edit may show less of it, or more."""
    score: float
    parts: ScoreParts
    title: str
    description: str = ""
    hashtags: tuple[str, ...] = ()
    """Without `#`."""
    virality: float | None = Field(default=None, ge=0, le=1)
    """How likely it is to be shared, by who ranked it; None for clips of older versions."""
    coherence: float | None = Field(default=None, ge=0, le=1)
    """How well it stands alone."""
    reason: str


class RenderedClip(Moment):
    """One version of one clip."""

    clip_id: ClipId
    slot: NonNegativeInt
    version: PositiveInt
    files: RenderFiles
    measured: Measured
    report: QualityReport
    spec: RenderSpec

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be done otherwise than asked, from every part of the render."""
        captions = self.spec.captions.notes if self.spec.captions else ()
        others = (*self.spec.effects.notes, *captions, *self.spec.encoder.notes)
        return tuple(dict.fromkeys((*self.spec.notes, *others)))
