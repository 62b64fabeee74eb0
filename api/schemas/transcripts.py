"""Transcripts on the wire."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from api.schemas.base import Schema, Text
from cliply.domain.transcript import TranscriptQuality
from cliply.domain.vocabulary import LONGEST_CORRECTION
from cliply.services.corrections import Replacement, SeenWords

MOST_CORRECTIONS = 100
MOST_WORDS = 1_000_000

Place = Annotated[int, Field(ge=0, le=MOST_WORDS)]


class WordAnswer(Schema):
    """A spoken word with its punctuation."""

    index: int = Field(description="Its place in the transcript as it is now, from 0.")
    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = Field(description="0 to 1; null when the recogniser does not say.")
    speaker: str | None
    is_corrected: bool = Field(description="Whether a person wrote it.")


class TranscriptAnswer(Schema):
    """What was said in the source of a job."""

    language: str = Field(examples=["en"], description="BCP 47; `und` when nobody knows.")
    engine: str = Field(examples=["whisperx"])
    model: str | None
    quality: TranscriptQuality
    speaker_count: int | None
    warnings: list[str]
    words: list[WordAnswer]

    @classmethod
    def of(cls, seen: SeenWords) -> Self:
        said = seen.transcript
        marked = zip(said.words, seen.are_corrected, strict=True)
        return cls(
            language=said.language,
            engine=said.engine,
            model=said.model,
            quality=said.quality,
            speaker_count=said.speaker_count,
            warnings=list(said.warnings),
            words=[
                WordAnswer.model_construct(
                    index=index,
                    text=word.text,
                    start_ms=word.span.start_ms,
                    end_ms=word.span.end_ms,
                    confidence=word.confidence,
                    speaker=word.speaker,
                    is_corrected=is_corrected,
                )
                for index, (word, is_corrected) in enumerate(marked)
            ],
        )


class Correction(Schema):
    """One word, or a few in a row, and what is really said there."""

    index: Place | None = Field(None, description="Of the first word.")
    start_ms: int | None = Field(
        None, ge=0, le=2**31 - 1, description="A time at which the first word is spoken, instead."
    )
    count: int = Field(1, ge=1, le=100, description="How many words are replaced.")
    text: Annotated[Text, Field(max_length=LONGEST_CORRECTION)] = Field(
        description="The words with their punctuation; empty where nothing is said.",
        examples=["Cliply"],
    )

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if (self.index is None) == (self.start_ms is None):
            raise ValueError("give either index or start_ms")
        return self

    def place_in(self, seen: SeenWords) -> Replacement:
        """Raises InvalidInput when no word is spoken at its time."""
        first = seen.index_at(self.start_ms or 0) if self.index is None else self.index
        return Replacement(first, first + self.count - 1, self.text)


class Corrections(Schema):
    """What is to be corrected in a transcript, all or nothing."""

    corrections: list[Correction] = Field(
        min_length=1,
        max_length=MOST_CORRECTIONS,
        description="Places are those of the transcript as it is before any of them.",
    )
