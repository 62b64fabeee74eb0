"""Scenes: the shots between two cuts."""

from enum import StrEnum
from itertools import pairwise

from pydantic import Field, NonNegativeFloat

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value


class CutRule(StrEnum):
    """Which of PySceneDetect's detectors decide where a shot ends."""

    content = "content"
    """A jump in the picture beyond a fixed threshold."""
    adaptive = "adaptive"
    """A jump that stands out from its neighbours: better on film grain, flicker and shaking
    cameras, worse in the dark and at fades."""
    both = "both"
    """Either of them."""


class Scene(Value):
    """A shot between two cuts."""

    span: TimeRange
    motion: NonNegativeFloat
    """Mean difference of neighbouring frames, in HSV levels: 0 is a still."""
    found_by: tuple[CutRule, ...] = ()
    """Who found the cut at its beginning; nobody for the first scene."""
    screen: float = Field(default=0.0, ge=0, le=1)
    """How much it looks like slides, code or a desktop, on average."""
    hud: float = Field(default=0.0, ge=0, le=1)
    """How likely drawings lie over a picture that moves, as in a game."""


class SceneList(Value):
    """The scenes of a source in order, without gaps, from its first frame to its end."""

    scenes: tuple[Scene, ...] = ()
    detector: str
    """Which detector with which threshold found the cuts."""

    @property
    def cuts_ms(self) -> tuple[int, ...]:
        """Times of the first frame after each cut."""
        return tuple(after.span.start_ms for _, after in pairwise(self.scenes))
