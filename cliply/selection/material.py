"""Everything that is known about one source when its moments are chosen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import polars as pl

from cliply.domain.audio import AudioFeatures
from cliply.domain.mood import MoodSeries
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.transcript import Transcript
from cliply.selection import signals
from cliply.selection.boundaries import Boundary, find_boundaries
from cliply.selection.edges import Edges, Marks, closings, openings
from cliply.selection.energy import Loudness, energy, measure_loudness
from cliply.selection.keywords import Trigger, find_triggers
from cliply.selection.lexicon import Lexicon
from cliply.selection.lexicons import lexicon_of
from cliply.selection.scoring import Scores, completeness
from cliply.selection.sentiment import measure_mood
from cliply.selection.series import Floats
from cliply.selection.windows import Windows


@dataclass(frozen=True)
class Material:
    """The results of analysis, and what follows from them for every window."""

    transcript: Transcript
    audio: AudioFeatures
    scenes: tuple[Scene, ...]
    cuts_ms: tuple[int, ...]
    mood: MoodSeries
    loudness: Loudness | None
    lexicon: Lexicon
    triggers: list[Trigger]
    duration_ms: int

    @classmethod
    def gather(
        cls,
        transcript: Transcript,
        audio: AudioFeatures,
        levels: pl.DataFrame,
        scenes: SceneList | None,
        duration_ms: int,
        mood: MoodSeries | None = None,
    ) -> Self:
        """The mood is measured here when it is not given."""
        lexicon = lexicon_of(transcript.language)
        return cls(
            transcript=transcript,
            audio=audio,
            scenes=scenes.scenes if scenes else (),
            cuts_ms=scenes.cuts_ms if scenes else (),
            mood=measure_mood(transcript) if mood is None else mood,
            loudness=measure_loudness(audio, levels, transcript),
            lexicon=lexicon,
            triggers=find_triggers([word.text for word in transcript.words], lexicon),
            duration_ms=duration_ms,
        )

    def boundaries(self) -> list[Boundary]:
        return find_boundaries(self.transcript, self.audio.silences, self.duration_ms)

    def edges(self) -> tuple[Edges, Edges]:
        """Places to begin and places to end a window."""
        boundaries, marks = self.boundaries(), Marks.of(self.audio, self.cuts_ms)
        return openings(boundaries, marks), closings(boundaries, marks)

    def score(self, windows: Windows, relevance: Floats | None = None) -> Scores:
        """What each window is worth; `relevance` is how well it answers what was asked for."""
        lively = energy(self.loudness, windows)
        return Scores(
            signals={
                "energy": None if lively is None else lively.total,
                "keywords": signals.keyword_density(
                    self.transcript, self.triggers, self.lexicon, windows
                ),
                "scene_density": signals.scene_density(self.cuts_ms, self.duration_ms, windows),
                "sentiment_change": signals.sentiment_change(self.mood, self.transcript, windows),
            },
            energy=lively,
            completeness=completeness(windows),
            liveliness=signals.liveliness(self.transcript, self.loudness, self.scenes, windows),
            relevance=relevance,
        )

    def lines(self, first_word: int, end_word: int) -> Iterator[str]:
        """What is said between two words, a line for each utterance or part of one."""
        words = self.transcript.words
        for utterance in self.transcript.utterances:
            first, end = max(utterance.first, first_word), min(utterance.last + 1, end_word)
            if first < end:
                yield " ".join(word.text for word in words[first:end])
