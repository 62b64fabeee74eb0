"""What was said, word by word."""

from enum import StrEnum

from pydantic import NonNegativeInt

from cliply.domain.timing import TimeRange
from cliply.domain.value import Value, small_value


class TranscriptQuality(StrEnum):
    """How far a transcript can be trusted."""

    given = "given"
    """Written by a person or a platform: a sidecar file or an embedded stream."""
    high = "high"
    low = "low"
    """Good enough to find pauses and keywords; captions will contain wrong words."""
    none = "none"
    """Nothing was said, or nothing could be recognised."""


@small_value
class Word:
    """One spoken word with its punctuation, as it should appear in a caption."""

    text: str
    span: TimeRange
    confidence: float | None = None
    """0…1; None when the engine does not say."""
    speaker: str | None = None


class Utterance(Value):
    """A sentence, or a stretch of words between two pauses; `words` are indices."""

    first: NonNegativeInt
    last: NonNegativeInt
    """Index of the last word; it belongs to the utterance."""
    is_sentence: bool
    """Whether it ends with sentence punctuation rather than with a pause."""


class SpeakerTurn(Value):
    """Words one after the other that one person says; `first` and `last` are indices."""

    speaker: str
    first: NonNegativeInt
    last: NonNegativeInt
    """Index of the last word; it belongs to the turn."""


class Refusal(Value):
    """A transcriber that was asked first and did not deliver."""

    engine: str
    reason: str


class Transcript(Value):
    """Words in order of time, none overlapping, all inside the source."""

    language: str
    """BCP 47; `und` when nobody knows."""
    words: tuple[Word, ...] = ()
    utterances: tuple[Utterance, ...] = ()
    fillers: tuple[TimeRange, ...] = ()
    """Words that say nothing (`um`, `uh`, …), in order."""
    engine: str
    model: str | None = None
    quality: TranscriptQuality
    speaker_count: NonNegativeInt | None = None
    """How many people speak, also where nobody knows which words are whose; None: not known."""
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def turns(self) -> tuple[SpeakerTurn, ...]:
        """Who speaks when, a new turn only where the speaker changes.

        Words of which nobody knows the speaker are in no turn, and end none.
        """
        turns: list[SpeakerTurn] = []
        for index, word in enumerate(self.words):
            if word.speaker is None:
                continue
            first = index
            if turns and turns[-1].speaker == word.speaker:
                first = turns.pop().first
            turns.append(SpeakerTurn(speaker=word.speaker, first=first, last=index))
        return tuple(turns)

    def words_in(self, span: TimeRange) -> tuple[Word, ...]:
        """The words of which at least half lies in the span."""
        return tuple(
            word for word in self.words if 2 * word.span.overlap_ms(span) >= word.span.duration_ms
        )

    def text_of(self, utterance: Utterance) -> str:
        return " ".join(w.text for w in self.words[utterance.first : utterance.last + 1])

    def span_of(self, utterance: Utterance) -> TimeRange:
        return TimeRange(
            start_ms=self.words[utterance.first].span.start_ms,
            end_ms=self.words[utterance.last].span.end_ms,
        )
