"""What can be found in a workspace's videos, and how it was found."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field, NonNegativeInt

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Refusal
from cliply.domain.value import Value


class Chunk(Value):
    """A few sentences of a transcript, found as one."""

    span: TimeRange
    text: str


class FoundBy(StrEnum):
    """Which of the lists a hit stands in."""

    words = "words"
    """The query's words are said there."""
    meaning = "meaning"
    """What is said there means something like the query."""
    picture = "picture"
    """What is seen there looks like the query."""


class SearchHit(Value):
    """A stretch of one job's source that answers a query."""

    job_id: UUID
    span: TimeRange
    score: float = Field(ge=0, le=1)
    """1 is the first place in every list that was asked."""
    text: str
    """What is said there; empty when nothing is."""
    frame_ms: NonNegativeInt | None = None
    """Time of the frame that looks most like the query; None when no frame was found."""
    found_by: tuple[FoundBy, ...]


class IndexedJob(Value):
    """What of a job can be searched."""

    chunks: NonNegativeInt
    frames: NonNegativeInt
    """Frames that can be found by what they show; 0 without a model."""
    model: str | None = None
    """The model of the vectors; None when text alone is searched."""
    dimension: NonNegativeInt | None = None
    refusals: tuple[Refusal, ...] = ()
    """Models that were asked first and did not deliver."""
    reused: tuple[str, ...] = ()
    """Which vectors an earlier job already had: `frames`, `chunks`."""
