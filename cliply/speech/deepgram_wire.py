"""What Deepgram is asked and what it answers (https://developers.deepgram.com/reference)."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from cliply.speech.words import RawWord, primary_language

MAX_UPLOAD_BYTES = 2_000_000_000
"""Larger files are refused: 2 GB, which are 35 hours of FLAC."""

MAX_KEYTERMS = 100
MAX_KEYTERM_CHARS = 1_000
"""500 tokens a request; a token of a name that no dictionary has is two letters."""

MAX_ERROR_CHARS = 200

Query = list[tuple[str, str | int | float | bool | None]]
"""Names and values in order; httpx takes these types and no narrower list."""

Seconds = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class HeardWord(BaseModel):
    """A word; its times are seconds."""

    word: str
    start: Seconds
    end: Seconds
    confidence: float | None = None
    punctuated_word: str | None = None
    speaker: int | None = None


class Alternative(BaseModel):
    transcript: str
    words: list[HeardWord] = []


class Channel(BaseModel):
    detected_language: str | None = None
    alternatives: list[Alternative] = Field(min_length=1)


class Results(BaseModel):
    channels: list[Channel] = Field(min_length=1)


class Reply(BaseModel):
    """The part of the answer that is used: the one channel that was sent."""

    results: Results

    @property
    def language(self) -> str | None:
        """The language that was recognised, where it was asked for."""
        return self.results.channels[0].detected_language

    @property
    def words(self) -> list[RawWord]:
        return list(_words(self.results.channels[0].alternatives[0].words))


class Complaint(BaseModel):
    """What comes with a status of failure, in one of two forms."""

    err_code: str | None = None
    err_msg: str | None = None
    category: str | None = None
    message: str | None = None


class NotAReply(Exception):
    """The body is no answer of the documented form."""


def query(model: str, language: str | None, hotwords: Sequence[str]) -> Query:
    """The parameters of a call.

    The language is asked for by its primary tag, as few regions have a model of their own.
    Utterances are not asked for: they repeat every word, and we group words ourselves.
    """
    spoken = primary_language(language)
    boost = "keyterm" if model.startswith("nova-3") else "keywords"
    return [
        ("model", model),
        ("language", spoken) if spoken else ("detect_language", "true"),
        ("punctuate", "true"),
        ("smart_format", "true"),
        ("diarize", "true"),
        *((boost, term) for term in keyterms(hotwords)),
    ]


def keyterms(hotwords: Sequence[str]) -> list[str]:
    """As many of the words, from the first on, as a request may carry."""
    chosen: list[str] = []
    for term in dict.fromkeys(" ".join(word.split()) for word in hotwords):
        if len(chosen) == MAX_KEYTERMS or sum(map(len, chosen)) + len(term) > MAX_KEYTERM_CHARS:
            break
        if term:
            chosen.append(term)
    return chosen


def read_reply(body: bytes) -> Reply:
    """Raises NotAReply for anything else than words with times, or silence."""
    try:
        reply = Reply.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise NotAReply(": ".join(part for part in (place, fault["msg"]) if part)) from None
    heard = reply.results.channels[0].alternatives[0]
    if heard.transcript.strip() and not heard.words:
        raise NotAReply("it has text but no words with times")
    return reply


def read_complaint(body: bytes) -> str:
    """The code and message of a failure; "" where there are none."""
    try:
        told = Complaint.model_validate_json(body)
    except ValidationError:
        return ""
    parts = (told.err_code or told.category, told.err_msg or told.message)
    return ": ".join(part for part in parts if part)[:MAX_ERROR_CHARS]


def _words(heard: Sequence[HeardWord]) -> Iterator[RawWord]:
    for word in heard:
        yield RawWord(
            word.punctuated_word or word.word,
            round(word.start * 1000),
            round(word.end * 1000),
            word.confidence,
            None if word.speaker is None else str(word.speaker),
        )
