"""The mood of what is said, and how it changes (ANA-7)."""

from pydantic import Field

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value


class Mood(Value):
    """The mood of one utterance."""

    span: TimeRange
    score: float = Field(ge=-1, le=1)
    """-1 is dark, 0 neutral, 1 bright."""
    change: float = Field(ge=0, le=1)
    """Half the distance between the mood from its beginning on and the mood before it."""


class MoodSeries(Value):
    """The mood of each utterance of a transcript, in order."""

    moods: tuple[Mood, ...] = ()
    lexicon: str | None = None
    """Which lexicon judged; None where nobody judged, as it does not know the language."""

    @property
    def is_neutral(self) -> bool:
        """Whether no utterance has any mood."""
        return not any(mood.score for mood in self.moods)
