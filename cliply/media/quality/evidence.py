"""What is known besides the spec when a finished render is examined."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cliply.domain.faces import FaceTrackList
from cliply.domain.scenes import SceneList
from cliply.domain.transcript import Word


@dataclass(frozen=True)
class Evidence:
    """Findings about the source, in source time; checks without theirs say "not known"."""

    source: Path | None = None
    """The source itself: looked at only where the clip stands still or is black, and for
    two seconds of sound."""
    words: Sequence[Word] | None = None
    """None too where the times of words are guesses."""
    scenes: SceneList | None = None
    faces: FaceTrackList | None = None
    repairs: tuple[str, ...] = ()
    """What was mended before the report, each in a sentence."""
