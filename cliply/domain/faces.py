"""Faces followed over time."""

from typing import NamedTuple

from pydantic import Field, NonNegativeInt

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

FOLLOWED = -1.0
"""Confidence of a sample in which the detector saw no face: it was followed by its looks, or
lies between two samples that were seen."""


class Box(NamedTuple):
    """A rectangle as fractions of the display picture; (0, 0) is its top left corner.

    A detector may place an edge slightly outside the picture. A tuple, like `FaceSample`:
    hours of video hold tens of thousands, and a model takes four times the memory.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> float:
        return self.width * self.height

    def intersection_over_union(self, other: "Box") -> float:
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        shared = max(0.0, right - max(self.x, other.x)) * max(0.0, bottom - max(self.y, other.y))
        return shared / (self.area + other.area - shared)


class FaceSample(NamedTuple):
    """Where a face was at one sampled frame."""

    time_ms: int
    box: Box
    confidence: float
    """The detector's own score, higher is surer; not comparable between detectors. `FOLLOWED`
    when it did not see the face."""
    mouth_motion: float = 0.0
    """How much the lower half of the face changed in the next tenth of a second, 0…1; the
    movement of the head is taken out."""

    @property
    def is_seen(self) -> bool:
        """Whether the detector saw it."""
        return self.confidence != FOLLOWED


class FaceTrack(Value):
    """One face in one scene; samples in order of time."""

    track_id: NonNegativeInt
    scene: NonNegativeInt
    """Index of the scene that the track lives in."""
    identity: NonNegativeInt | None = None
    """Number of the person, the same in every scene; None when their looks are not known.
    Two numbers may be one person, one number hardly ever two."""
    samples: tuple[FaceSample, ...]
    speaking: float = 0.0
    """Part (0…1) that its mouth has in the motion of all mouths in sight at the same time."""

    @property
    def span(self) -> TimeRange:
        return TimeRange(start_ms=self.samples[0].time_ms, end_ms=self.samples[-1].time_ms + 1)


class SpeakingSpan(Value):
    """A stretch in which one face speaks, as far as that can be told."""

    span: TimeRange
    track_id: NonNegativeInt
    confidence: float = Field(ge=0, le=1)
    """0.5 is a guess between two faces; about 0.8 and more is what words and mouths agree on."""


class FaceTrackList(Value):
    """All face tracks of a source, ordered by scene and first appearance."""

    tracks: tuple[FaceTrack, ...] = ()
    detector: str
    sample_interval_ms: int
    """Time between two sampled frames."""
    motion_centres: tuple[tuple[int, float], ...] = ()
    """Where movement was, as (time_ms, x) with x in 0…1; the fallback where no face is."""
