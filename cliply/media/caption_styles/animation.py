"""What a caption style is made of: how a word is drawn while its cue is on screen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import pysubs2

from cliply.domain.timing import TimeRange
from cliply.media.ass import event, letters
from cliply.media.typesetting import PlacedWord

FADE_MS = 70
"""How long a word takes to light up or go out."""


@dataclass(frozen=True)
class Look:
    """Colours in the notation of ASS, and lengths in em."""

    text: str
    accent: str
    outline_em: float
    shadow_em: float


@dataclass(frozen=True)
class SpokenWord:
    """A placed word with its times, which are in hundredths of a second."""

    word: PlacedWord
    cue: TimeRange
    said: TimeRange
    look: Look

    @property
    def place(self) -> str:
        """Tags that put it where it stands."""
        x, y = self.word.centre_px
        return rf"\pos({x:.2f},{y:.2f}){self.edge}"

    @property
    def edge(self) -> str:
        """Tags of its outline and shadow, which shrink with small type."""
        em = self.word.em_px
        return rf"\bord{self.look.outline_em * em:.2f}\shad{self.look.shadow_em * em:.2f}"

    def scaled(self, size: float) -> str:
        return rf"\fscx{100 * size:.1f}\fscy{100 * size:.1f}"

    def lit(self, since_ms: int) -> str:
        """Tags that give it the accent colour while it is said, for an event that starts then."""
        on, off = self.said.start_ms - since_ms, self.said.end_ms - since_ms
        tags = rf"\1c{self.look.accent if on < 0 < off else self.look.text}"
        if on >= 0:
            tags += rf"\t({on},{on + FADE_MS},\1c{self.look.accent})"
        if off > 0:
            tags += rf"\t({off},{off + FADE_MS},\1c{self.look.text})"
        return tags

    def event(
        self, tags: str, start_ms: int | None = None, end_ms: int | None = None
    ) -> pysubs2.SSAEvent:
        """The word drawn with some tags, all the time that the cue is there if not told."""
        start = self.cue.start_ms if start_ms is None else start_ms
        end = self.cue.end_ms if end_ms is None else end_ms
        return event(start, end, tags, letters(self.word))


class Animation(NamedTuple):
    """How one style draws."""

    draw: Callable[[SpokenWord], list[pysubs2.SSAEvent]]
    growth: float = 1.0
    """How large a word gets; room for it is kept."""
    rise_em: float = 0.0
    """How high a word jumps; room for it is kept."""
