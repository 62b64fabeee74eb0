"""Speech recognition with Whisper weights, through faster-whisper on the processor."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol

from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.speech.recognition import (
    ReadSound,
    RecognizerFailed,
    read_sound,
    recognize_speech,
    require_speech,
    wait_for,
)
from cliply.speech.segments import Samples
from cliply.speech.transcriber import Refused, SpeechRequest
from cliply.speech.weights import fetch_weights, find_weights
from cliply.speech.words import RawWord, primary_language, transcript_of

LONGEST_MS = 28_000
"""The encoder always computes 30 s; two seconds are left for a cut in a silence."""

TEMPERATURES = (0.0, 0.4, 0.8)
"""Greedy first; the others break the loops into which greedy decoding sometimes falls."""

SURE = 0.7
"""A language recognised with this probability holds for the rest of the source."""


class SpeechModel(Protocol):
    """The part of `faster_whisper.WhisperModel` that is used."""

    @property
    def supported_languages(self) -> list[str]: ...

    def transcribe(self, audio: Samples, **options: Any) -> tuple[Any, Any]: ...


LoadModel = Callable[[Path, int], SpeechModel]


def load_model(folder: Path, threads: int) -> SpeechModel:
    """Weights in 8-bit integers; touches no network."""
    import ctranslate2
    from faster_whisper import WhisperModel

    ctranslate2.set_random_seed(0)  # or two runs would differ where a temperature is used
    model: SpeechModel = WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
    )
    return model


class WhisperTranscriber:
    """The `fast` tier: beam 1, word times by cross attention."""

    name = "faster-whisper"

    def __init__(
        self,
        model: str,
        models_dir: Path,
        *,
        hub: Literal["auto", "never"],
        threads: int,
        read: ReadSound = read_sound,
        load: LoadModel = load_model,
    ) -> None:
        self._model = model
        self._models_dir = models_dir
        self._hub = hub
        self._threads = threads
        self._read = read
        self._load = load

    def transcribe(self, request: SpeechRequest) -> Transcript:
        """Raises Refused where there is no speech, no package or no weights."""
        require_speech(request)
        if find_spec("faster_whisper") is None:
            raise Refused("faster-whisper is not installed")
        model = self._loaded(request)
        hint = primary_language(request.language) or "en"
        if hint != "en" and model.supported_languages == ["en"]:
            raise Refused(f"{self._model} knows English only, and the language is {hint}")
        recognizer = WhisperRecognizer(model, request)
        try:
            words = recognize_speech(request, [recognizer], LONGEST_MS, self._read)
        except RecognizerFailed as error:
            raise Refused(f"failed: {error}") from error
        return transcript_of(
            words,
            request.source.duration_ms,
            engine=self.name,
            model=self._model,
            language=recognizer.language,
            quality=TranscriptQuality.high,
        )

    def _loaded(self, request: SpeechRequest) -> SpeechModel:
        def tick() -> None:
            request.on_progress(0.0)

        with ThreadPoolExecutor(1) as pool:
            folder = wait_for(pool.submit(find_weights, self._model, self._models_dir), tick)
            if folder is None and self._hub == "never":
                raise Refused(
                    f"no weights of {self._model} in {self._models_dir}, and the hub is not asked"
                )
            if folder is None:
                folder = fetch_weights(self._model, self._models_dir, tick)
            try:
                return wait_for(pool.submit(self._load, folder, self._threads), tick)
            except (RuntimeError, ValueError, OSError) as error:
                raise Refused(f"failed: the weights in {folder} do not load ({error})") from error


class WhisperRecognizer:
    """A loaded model that remembers which language the source is in."""

    def __init__(self, model: SpeechModel, request: SpeechRequest) -> None:
        hint = primary_language(request.language)
        self._model = model
        self._language = hint if hint in model.supported_languages else None
        self._heard: Counter[str] = Counter()
        self._is_closed = False

    @property
    def language(self) -> str:
        """The language in which most words were recognised."""
        return max(self._heard, key=self._heard.__getitem__, default=self._language or "und")

    def recognize(self, samples: Samples) -> list[RawWord]:
        try:
            segments, info = self._model.transcribe(
                samples,
                language=self._language,
                beam_size=1,
                temperature=TEMPERATURES,
                condition_on_previous_text=False,
                word_timestamps=True,
            )
            words = list(self._words(segments))
        except (RuntimeError, ValueError) as error:
            raise RecognizerFailed(str(error)) from error
        self._heard[info.language] += len(words)
        if words and info.language_probability >= SURE:
            self._language = info.language
        return words

    def close(self) -> None:
        """Stop before the next stretch of text; the model itself is freed with the object."""
        self._is_closed = True

    def _words(self, segments: Any) -> Iterator[RawWord]:
        for segment in segments:
            if self._is_closed:
                raise RecognizerFailed("it was closed")
            for word in segment.words or ():
                yield RawWord(
                    word.word.strip(),
                    round(word.start * 1000),
                    round(word.end * 1000),
                    word.probability,
                )
