"""A rendered clip as the asset graph hands it on."""

from enum import StrEnum

from pydantic import NonNegativeInt, PositiveInt

from cliply.domain.candidates import ScoreParts
from cliply.domain.ids import ClipId
from cliply.domain.quality import QualityReport
from cliply.domain.rendering import Measured, RenderSpec
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


class RenderedClip(Value):
    """One version of one clip."""

    clip_id: ClipId
    slot: NonNegativeInt
    version: PositiveInt
    title: str
    span: TimeRange
    """The moment of the source that was selected; an edit may show less of it, or more."""
    score: float
    parts: ScoreParts
    reason: str
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
