"""Speech recognition that always works: pocketsphinx, with the model of its own package."""

import re
from collections.abc import Iterable
from importlib.util import find_spec

import numpy as np

from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.speech.child import Child, ChildFailed
from cliply.speech.recognition import (
    ReadSound,
    RecognizerFailed,
    read_sound,
    recognize_speech,
    require_speech,
)
from cliply.speech.segments import Samples
from cliply.speech.transcriber import FAILED, NOT_INSTALLED, Refused, SpeechRequest
from cliply.speech.words import RawWord, primary_language, transcript_of

LONGEST_MS = 15_000
"""As good as 30 s (word error rate 0.55 on 88 s of an audiobook) and half the wait."""

LANGUAGE = "en"

NOISE = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")
VARIANT = re.compile(r"\(\d+\)$")
FIRST_PERSON = re.compile(r"^i(?='|$)")


class SphinxTranscriber:
    """English only, half of the words right: enough to find pauses and keywords."""

    name = "pocketsphinx"

    def __init__(self, workers: int, read: ReadSound = read_sound) -> None:
        self._workers = workers
        self._read = read

    def transcribe(self, request: SpeechRequest) -> Transcript:
        """Raises Refused where there is no speech, or the hint says it is not English."""
        require_speech(request)
        if primary_language(request.language) not in (None, LANGUAGE):
            raise Refused(f"it knows English only, and the language is {request.language}")
        if find_spec("pocketsphinx") is None:
            raise Refused(NOT_INSTALLED)
        recognizers = [_SphinxProcess() for _ in range(self._workers)]
        try:
            words = recognize_speech(request, recognizers, LONGEST_MS, self._read)
        except RecognizerFailed as error:
            raise Refused(f"{FAILED}{error}") from error
        return transcript_of(
            words,
            request.source.duration_ms,
            engine=self.name,
            model="en-us",
            language=LANGUAGE,
            quality=TranscriptQuality.low,
        )


class _SphinxProcess:
    """A recogniser in a process that starts with the first segment."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._is_closed = False

    def recognize(self, samples: Samples) -> list[RawWord]:
        if self._is_closed:
            raise RecognizerFailed("it was closed")
        pcm = (np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes()
        self._child = self._child or Child("sphinx_worker.py")
        try:
            self._child.send(pcm)
            return spoken(self._child.answer()["words"])
        except ChildFailed as error:
            raise RecognizerFailed(str(error)) from error

    def close(self) -> None:
        self._is_closed = True
        if self._child:
            self._child.close()


def spoken(parts: Iterable[tuple[str, int, int, float]]) -> list[RawWord]:
    """Words as one reads them, without noises (`<sil>`, `[NOISE]`) and variants (`the(2)`)."""
    return [
        RawWord(FIRST_PERSON.sub("I", VARIANT.sub("", text)), start_ms, end_ms, confidence)
        for text, start_ms, end_ms, confidence in parts
        if not NOISE.fullmatch(text)
    ]
