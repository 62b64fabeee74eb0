"""Takes the words from a subtitle stream inside the source."""

from collections.abc import Callable, Iterable
from pathlib import Path

from cliply.domain.media import SubtitleStream
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.media.subtitles import SubtitleLine, read_subtitles
from cliply.speech.cues import TextCue, words_of
from cliply.speech.languages import UNKNOWN, written_language
from cliply.speech.times import mended_cues, mended_words
from cliply.speech.transcriber import Refused, SpeechRequest
from cliply.speech.words import primary_language, transcript_of

MIN_COVERAGE = 0.2
"""A stream with less of the speech has only the foreign lines, or the signs."""

ISO_639_1 = {
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it",
    "por": "pt", "nld": "nl", "dut": "nl", "rus": "ru", "pol": "pl", "ukr": "uk", "tur": "tr",
    "swe": "sv", "nor": "no", "dan": "da", "fin": "fi", "ces": "cs", "cze": "cs", "ell": "el",
    "gre": "el", "hun": "hu", "ron": "ro", "rum": "ro", "jpn": "ja", "zho": "zh", "chi": "zh",
    "kor": "ko", "ara": "ar", "heb": "he", "hin": "hi", "ind": "id", "vie": "vi", "tha": "th",
}  # fmt: skip
"""Containers name languages in ISO 639-2, transcripts in BCP 47, which prefers two letters."""

ReadSubtitles = Callable[[Path, SubtitleStream], list[SubtitleLine]]


class EmbeddedTranscriber:
    """Words from the best text subtitle stream."""

    name = "embedded"

    def __init__(self, read: ReadSubtitles = read_subtitles) -> None:
        self._read = read

    def transcribe(self, request: SpeechRequest) -> Transcript:
        """Raises Refused without a stream in the language, or with too little of the speech."""
        if not request.source.subtitles:
            raise Refused("the source has no text subtitle stream")
        request.on_progress(0.0)
        stream = best_stream(request.source.subtitles, request.language)
        transcript = self._written(request, stream)
        if not transcript.words:
            raise Refused(f"subtitle stream {stream.index} has no words")
        _require_language(transcript.language, request, stream)
        _require_coverage(transcript, request.speech, stream)
        request.on_progress(1.0)
        return transcript

    def _written(self, request: SpeechRequest, stream: SubtitleStream) -> Transcript:
        name, duration_ms = f"subtitle stream {stream.index}", request.source.duration_ms
        lines = [TextCue.of(*line) for line in self._read(request.path, stream)]
        cues, odd_cues = mended_cues(lines, name)
        words, odd_words = mended_words(words_of(cues), duration_ms, name)
        language = written_language(language_of(stream), (word.text for word in words))
        transcript = transcript_of(
            words,
            duration_ms,
            engine=self.name,
            model=f"{stream.codec} stream {stream.index}",
            language=language or request.language or UNKNOWN,
            quality=TranscriptQuality.given,
        )
        return transcript.model_copy(update={"warnings": (*odd_cues, *odd_words)})


def best_stream(streams: Iterable[SubtitleStream], language: str | None) -> SubtitleStream:
    """The stream in the wanted language, else in English, else the first."""
    ranked = {primary_language(language) or "en": 0, "en": 1}
    return min(streams, key=lambda stream: ranked.get(language_of(stream) or "", 2))


def language_of(stream: SubtitleStream) -> str | None:
    """BCP 47 primary language of a stream; None when it does not say."""
    primary = primary_language(stream.language)
    return ISO_639_1.get(primary, primary) if primary else None


def _require_language(written: str, request: SpeechRequest, stream: SubtitleStream) -> None:
    """Raises Refused for a translation of speech that can be heard."""
    spoken = primary_language(request.language)
    if spoken and request.source.audio and primary_language(written) != spoken:
        raise Refused(
            f"subtitle stream {stream.index} is in {written}, and the language is {spoken}"
        )


def _require_coverage(
    transcript: Transcript, speech: tuple[TimeRange, ...] | None, stream: SubtitleStream
) -> None:
    """Raises Refused when most of the speech is not in the stream."""
    if not speech:
        return
    spans = [transcript.span_of(utterance) for utterance in transcript.utterances]
    written_ms = sum(span.overlap_ms(voice) for span in spans for voice in speech)
    share = written_ms / sum(voice.duration_ms for voice in speech)
    if share < MIN_COVERAGE:
        raise Refused(f"subtitle stream {stream.index} has only {share:.0%} of the speech")
