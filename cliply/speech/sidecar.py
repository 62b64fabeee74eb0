"""Takes the transcript that came with a source, in whichever format it is."""

import codecs
from collections.abc import Iterator
from typing import Any, NamedTuple

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
from cliply.speech.languages import UNKNOWN, written_language
from cliply.speech.times import Warnings, mended_cues, mended_words
from cliply.speech.transcriber import Refused, SpeechRequest
from cliply.speech.words import RawWord, primary_language, transcript_of

ENGINE = "sidecar"

MAX_BYTES = 32 * 1024 * 1024
"""Four hours of words as JSON are 6 MB."""

FORMATS = "SRT, WebVTT, YouTube json3 or Cliply's own JSON"


class Found(NamedTuple):
    """What a file has."""

    words: list[RawWord]
    language: str | None
    """As the file names it."""
    warnings: Warnings = ()


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
        return parse_sidecar(
            data, request.sidecar.name, request.source.duration_ms, request.language
        )


def parse_sidecar(
    data: bytes, name: str, duration_ms: int, language: str | None = None
) -> Transcript:
    """The words of a transcript file that lie inside a source of `duration_ms`.

    The format is known by the content; `name` is only for messages. `language` is what should
    be spoken; a file in another one is taken with a warning. What had to be put right is in
    the warnings, too. Raises InvalidInput:
    TRANSCRIPT_UNREADABLE when it is not text, TRANSCRIPT_INVALID for any other format,
    TRANSCRIPT_EMPTY without a word, TRANSCRIPT_OUTSIDE_SOURCE when no word is inside.
    """
    if len(data) > MAX_BYTES:
        raise _invalid(name, f"it is larger than {MAX_BYTES // 2**20} MiB")
    text = _decoded(data, name)
    try:
        found = _json_words(text, name) if text.startswith("{") else _caption_words(text, name)
    except NotCaptions as error:
        raise _invalid(name, str(error)) from error
    if not found.words:
        raise _without_words(name)
    words, warnings = mended_words(found.words, duration_ms, name)
    if not words:
        raise _outside(name, duration_ms)
    written = written_language(found.language, (word.text for word in words))
    transcript = transcript_of(
        words,
        duration_ms,
        engine=ENGINE,
        language=written or language or UNKNOWN,
        quality=TranscriptQuality.given,
    )
    warnings = (*found.warnings, *warnings, *_other_language(name, written, language))
    return transcript.model_copy(update={"warnings": warnings})


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


def _caption_words(text: str, name: str) -> Found:
    cues, warnings = mended_cues(cue_reader(text)(text), name)
    if not cues:
        raise NotCaptions("none of its cues has a valid time")
    return Found(words_of(cues), vtt_language(text), warnings)


def _json_words(text: str, name: str) -> Found:
    document: Any = parse_json(text)
    if "events" in document:
        # the cues of YouTube's own captions all last until after the next one has begun
        cues, warnings = mended_cues(read_json3(document), name, may_overlap=True)
        return Found(words_of(cues), None, warnings)
    try:
        own = Transcript.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise NotCaptions(f"{place}: {fault['msg']}") from error
    words = [
        RawWord(w.text, w.span.start_ms, w.span.end_ms, w.confidence, w.speaker) for w in own.words
    ]
    return Found(words, own.language)


def _other_language(name: str, written: str | None, spoken: str | None) -> Iterator[str]:
    if primary_language(written) != (primary_language(spoken) or primary_language(written)):
        yield f"{name} is in {written}, and the job says {spoken}; it was taken as it is."


def _outside(name: str, duration_ms: int) -> InvalidInput:
    return InvalidInput(
        ErrorCode.transcript_outside_source,
        f"Every word of {name} lies outside the source, which ends at {duration_ms / 1000:.1f} s; "
        "give the transcript of this source.",
    )


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
