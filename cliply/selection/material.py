"""Everything that is known about one source when its moments are chosen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import polars as pl

from cliply.domain.audio import AudioFeatures
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.transcript import Transcript
from cliply.selection import signals
from cliply.selection.boundaries import find_boundaries
from cliply.selection.edges import Edges, Marks, closings, openings
from cliply.selection.keywords import Trigger, find_triggers
from cliply.selection.scoring import Scores, completeness
from cliply.selection.windows import Windows


@dataclass(frozen=True)
class Material:
    """The results of analysis, and what follows from them for every window."""

    transcript: Transcript
    audio: AudioFeatures
    scenes: tuple[Scene, ...]
    cuts_ms: tuple[int, ...]
    loudness: signals.Loudness | None
    triggers: list[Trigger]
    english: bool
    duration_ms: int

    @classmethod
    def gather(
        cls,
        transcript: Transcript,
        audio: AudioFeatures,
        levels: pl.DataFrame,
        scenes: SceneList | None,
        duration_ms: int,
    ) -> Self:
        english = transcript.language.split("-")[0].lower() in {"en", "und"}
        return cls(
            transcript=transcript,
            audio=audio,
            scenes=scenes.scenes if scenes else (),
            cuts_ms=scenes.cuts_ms if scenes else (),
            loudness=signals.measure_loudness(audio, levels),
            triggers=find_triggers([word.text for word in transcript.words], english=english),
            english=english,
            duration_ms=duration_ms,
        )

    def edges(self) -> tuple[Edges, Edges]:
        """Places to begin and places to end a window."""
        boundaries = find_boundaries(self.transcript, self.audio.silences, self.duration_ms)
        marks = Marks.of(self.audio, self.cuts_ms)
        return openings(boundaries, marks), closings(boundaries, marks)

    def score(self, windows: Windows) -> Scores:
        return Scores(
            signals={
                "energy": signals.energy(self.loudness, windows),
                "keywords": signals.keyword_density(self.transcript, self.triggers, windows),
                "scene_density": signals.scene_density(self.cuts_ms, self.duration_ms, windows),
                "sentiment_change": signals.sentiment_change(
                    self.transcript, windows, english=self.english
                ),
            },
            completeness=completeness(windows),
            liveliness=signals.liveliness(self.transcript, self.loudness, self.scenes, windows),
        )

    def lines(self, first_word: int, end_word: int) -> Iterator[str]:
        """What is said between two words, a line for each utterance or part of one."""
        words = self.transcript.words
        for utterance in self.transcript.utterances:
            first, end = max(utterance.first, first_word), min(utterance.last + 1, end_word)
            if first < end:
                yield " ".join(word.text for word in words[first:end])
