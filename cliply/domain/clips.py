"""A rendered clip as the asset graph hands it on."""

from enum import StrEnum

from pydantic import NonNegativeInt, PositiveInt

from cliply.domain.candidates import ScoreParts
from cliply.domain.ids import ClipId
from cliply.domain.rendering import Measured, RenderSpec
from cliply.domain.timing import TimeRange
from cliply.domain.value import Value


class ClipStatus(StrEnum):
    """Where a clip stands between selection and publication."""

    planned = "planned"
    rendered = "rendered"
    approved = "approved"
    rejected = "rejected"


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
    score: float
    parts: ScoreParts
    reason: str
    files: RenderFiles
    measured: Measured
    spec: RenderSpec
