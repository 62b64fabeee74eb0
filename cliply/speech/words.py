"""Words as an engine or a file gives them, and how they become a transcript."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality, Word
from cliply.speech.utterances import group_utterances

MIN_WORD_MS = 20
"""Shortest word; engines now and then give a word no length at all."""


class RawWord(NamedTuple):
    """A word with unchecked times in milliseconds; they may overlap or leave the source."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = None
    speaker: str | None = None

    def shifted(self, by_ms: int) -> "RawWord":
        return self._replace(start_ms=self.start_ms + by_ms, end_ms=self.end_ms + by_ms)


def lay_out(raw: Iterable[RawWord], duration_ms: int) -> tuple[Word, ...]:
    """Words in order of time, none overlapping, all inside `0…duration_ms`.

    A word that runs into the next one ends where the next begins; one without length gets
    `MIN_WORD_MS` and pushes the next back. What begins after the source has ended, or says
    nothing, is left out.
    """
    ordered = sorted((word for word in raw if word.text.strip()), key=lambda word: word.start_ms)
    ends = [min(a.end_ms, b.start_ms) for a, b in pairwise(ordered)]
    ends += [word.end_ms for word in ordered[-1:]]
    words: list[Word] = []
    floor_ms = 0
    for word, wanted_end_ms in zip(ordered, ends, strict=True):
        start_ms = max(word.start_ms, floor_ms)
        if start_ms >= duration_ms:
            break
        floor_ms = min(max(wanted_end_ms, start_ms + MIN_WORD_MS), duration_ms)
        words.append(_word(word, TimeRange(start_ms=start_ms, end_ms=floor_ms)))
    return tuple(words)


def transcript_of(
    raw: Sequence[RawWord],
    duration_ms: int,
    *,
    engine: str,
    quality: TranscriptQuality,
    model: str | None = None,
    language: str = "und",
) -> Transcript:
    """A transcript of everything in `raw` that lies inside the source."""
    words = lay_out(raw, duration_ms)
    return Transcript(
        language=language,
        words=words,
        utterances=group_utterances(words),
        engine=engine,
        model=model,
        quality=quality,
    )


def primary_language(tag: str | None) -> str | None:
    """`en` of `en-US`; None when nobody knows."""
    primary = (tag or "").replace("_", "-").split("-")[0].lower()
    return None if primary in ("", "und") else primary


def _word(word: RawWord, span: TimeRange) -> Word:
    confidence = None if word.confidence is None else min(1.0, max(0.0, word.confidence))
    return Word(text=word.text.strip(), span=span, confidence=confidence, speaker=word.speaker)
