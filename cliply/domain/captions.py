"""Captions: words on screen, grouped into cues."""

from enum import StrEnum

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value


class CaptionStyle(StrEnum):
    """How captions look in the picture."""

    highlight_word = "highlight_word"
    karaoke = "karaoke"
    none = "none"
    """No captions in the picture; sidecar files are written all the same."""


class CueWord(Value):
    """One word of a cue, in clip time."""

    text: str
    span: TimeRange


class Cue(Value):
    """Words that are on screen together, in clip time (0 is the clip's first frame)."""

    span: TimeRange
    words: tuple[CueWord, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)
