"""Transcripts whose words follow each other in a steady rhythm."""

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality, Utterance, Word

WORD_MS = 400


def talk(*sentences: str, language: str = "en", gap_ms: int = 0) -> Transcript:
    """A word every 400 ms, an utterance for each sentence, and a gap after each."""
    words: list[Word] = []
    utterances = []
    time_ms = 0
    for sentence in sentences:
        first = len(words)
        for text in sentence.split():
            words.append(Word(text=text, span=TimeRange(start_ms=time_ms, end_ms=time_ms + 350)))
            time_ms += WORD_MS
        utterances.append(Utterance(first=first, last=len(words) - 1, is_sentence=True))
        time_ms += gap_ms
    return Transcript(
        language=language,
        words=tuple(words),
        utterances=tuple(utterances),
        engine="test",
        quality=TranscriptQuality.given,
    )
