"""Takes the transcript that came with a source, in whichever format it is."""

import codecs
from typing import Any

from pydantic import ValidationError

from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.errors import ErrorCode, InvalidInput
from cliply.speech.caption_files import (
    NotCaptions,
    cue_reader,
    parse_json,
    read_json3,
    vtt_language,
)
from cliply.speech.cues import words_of
from cliply.speech.transcriber import Refused, SpeechRequest
from cliply.speech.words import RawWord, primary_language, transcript_of

ENGINE = "sidecar"

MAX_BYTES = 32 * 1024 * 1024
"""Four hours of words as JSON are 6 MB."""

FORMATS = "SRT, WebVTT, YouTube json3 or Cliply's own JSON"

Found = tuple[list[RawWord], str]
"""Words, and the language or `und`."""


class SidecarTranscriber:
    """Words from `request.sidecar`."""

    name = ENGINE

    def transcribe(self, request: SpeechRequest) -> Transcript:
        """Raises Refused without a sidecar, InvalidInput when there is one that is no use."""
        if request.sidecar is None:
            raise Refused("no transcript came with the source")
        try:
            with request.sidecar.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise InvalidInput(
                ErrorCode.transcript_unreadable,
                f"The transcript {request.sidecar} can not be read ({error.strerror}); check its "
                "path and permissions.",
            ) from error
        transcript = parse_sidecar(data, request.sidecar.name, request.source.duration_ms)
        if primary_language(transcript.language) is None and request.language:
            return transcript.model_copy(update={"language": request.language})
        return transcript


def parse_sidecar(data: bytes, name: str, duration_ms: int) -> Transcript:
    """The words of a transcript file that lie inside a source of `duration_ms`.

    The format is known by the content; `name` is only for messages. Raises InvalidInput:
    TRANSCRIPT_UNREADABLE when it is not text, TRANSCRIPT_INVALID for any other format,
    TRANSCRIPT_EMPTY without a word, TRANSCRIPT_OUTSIDE_SOURCE when no word is inside.
    """
    if len(data) > MAX_BYTES:
        raise _invalid(name, f"it is larger than {MAX_BYTES // 2**20} MiB")
    text = _decoded(data, name)
    try:
        words, language = _json_words(text) if text.startswith("{") else _caption_words(text)
    except NotCaptions as error:
        raise _invalid(name, str(error)) from error
    if not words:
        raise _without_words(name)
    transcript = transcript_of(
        words, duration_ms, engine=ENGINE, language=language, quality=TranscriptQuality.given
    )
    return _checked_coverage(transcript, words, name, duration_ms)


def _decoded(data: bytes, name: str) -> str:
    """Text with plain line ends: by byte order mark, else UTF-8, else Latin-1."""
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "\0" in text:
        raise InvalidInput(
            ErrorCode.transcript_unreadable,
            f"{name} is not a text file; give a transcript as {FORMATS}.",
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff \n\t")
    if not text:
        raise _without_words(name)
    return text


def _caption_words(text: str) -> Found:
    read = cue_reader(text)
    cues = read(text)
    if not cues:
        raise NotCaptions("none of its cues has a valid time")
    return words_of(cues), vtt_language(text) or "und"


def _json_words(text: str) -> Found:
    document: Any = parse_json(text)
    if "events" in document:
        return words_of(read_json3(document)), "und"
    try:
        own = Transcript.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise NotCaptions(f"{place}: {fault['msg']}") from error
    words = [
        RawWord(w.text, w.span.start_ms, w.span.end_ms, w.confidence, w.speaker) for w in own.words
    ]
    return words, own.language


def _checked_coverage(
    transcript: Transcript, words: list[RawWord], name: str, duration_ms: int
) -> Transcript:
    outside = sum(word.start_ms >= duration_ms for word in words)
    if not transcript.words:
        raise InvalidInput(
            ErrorCode.transcript_outside_source,
            f"Every word of {name} lies after the end of the source at {duration_ms / 1000:.1f} s; "
            "give the transcript of this source.",
        )
    if not outside:
        return transcript
    warning = (
        f"{outside} of {len(words)} words of {name} lie after the end of the source and were "
        "left out."
    )
    return transcript.model_copy(update={"warnings": (warning,)})


def _invalid(name: str, fault: str) -> InvalidInput:
    return InvalidInput(
        ErrorCode.transcript_invalid,
        f"{name} can not be used as a transcript: {fault}; give it as {FORMATS}.",
    )


def _without_words(name: str) -> InvalidInput:
    return InvalidInput(
        ErrorCode.transcript_empty,
        f"{name} has no words in it; give another transcript, or none to have speech recognised.",
    )
