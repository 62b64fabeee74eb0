"""Scenes: the shots between two cuts."""

from itertools import pairwise

from pydantic import NonNegativeFloat

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value


class Scene(Value):
    """A shot between two cuts."""

    span: TimeRange
    motion: NonNegativeFloat
    """Mean difference of neighbouring frames, in HSV levels: 0 is a still."""


class SceneList(Value):
    """The scenes of a source in order, without gaps, from its first frame to its end."""

    scenes: tuple[Scene, ...] = ()
    detector: str
    """Which detector with which threshold found the cuts."""

    @property
    def cuts_ms(self) -> tuple[int, ...]:
        """Times of the first frame after each cut."""
        return tuple(after.span.start_ms for _, after in pairwise(self.scenes))
