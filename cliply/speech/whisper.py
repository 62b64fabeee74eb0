"""Speech recognition with Whisper weights, through faster-whisper."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

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
from cliply.speech.transcriber import FAILED, NOT_INSTALLED, Refused, SpeechRequest
from cliply.speech.weights import advise, find_weights
from cliply.speech.words import RawWord, primary_language, transcript_of

LOG = logging.getLogger(__name__)

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
    """Weights on the GPU in 16-bit floats where one works, else in 8-bit integers here.

    Touches no network.
    """
    import ctranslate2

    ctranslate2.set_random_seed(0)  # or two runs would differ where a temperature is used
    if ctranslate2.get_cuda_device_count():
        try:
            return _on_gpu(folder)
        except RuntimeError as error:
            LOG.warning("Whisper does not run on the GPU and runs on the processor: %s", error)
    model: SpeechModel = _model(folder, device="cpu", compute_type="int8", cpu_threads=threads)
    return model


def _on_gpu(folder: Path) -> SpeechModel:
    """Raises RuntimeError also where only the first computation would: without cuBLAS."""
    model = _model(folder, device="cuda", compute_type="float16")
    features = np.zeros((model.feature_extractor.mel_filters.shape[0], 3000), np.float32)
    model.encode(features)
    speech_model: SpeechModel = model
    return speech_model


def _model(folder: Path, **options: Any) -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(str(folder), local_files_only=True, **options)


def transcribe_options(language: str | None, hotwords: str | None) -> dict[str, Any]:
    """How the model is asked for the words of one stretch; None leaves the language to it."""
    return {
        "language": language,
        "beam_size": 1,
        "temperature": TEMPERATURES,
        "condition_on_previous_text": False,
        "word_timestamps": True,
        "hotwords": hotwords,
    }


class WhisperTranscriber:
    """The `fast` tier: beam 1, word times by cross attention.

    Stretches of speech are recognised one by one. Batches of them take 2 to 4 % less time on
    a processor, lose the retry at a higher temperature, and hold more memory.
    """

    name = "faster-whisper"

    def __init__(
        self,
        model: str,
        models_dir: Path,
        *,
        threads: int,
        read: ReadSound = read_sound,
        load: LoadModel = load_model,
    ) -> None:
        self._model = model
        self._models_dir = models_dir
        self._threads = threads
        self._read = read
        self._load = load

    def transcribe(self, request: SpeechRequest) -> Transcript:
        """Raises Refused where there is no speech, no package or no weights."""
        require_speech(request)
        if find_spec("faster_whisper") is None:
            raise Refused(NOT_INSTALLED)
        model = self._loaded(request)
        hint = primary_language(request.language) or "en"
        if hint != "en" and model.supported_languages == ["en"]:
            raise Refused(f"{self._model} knows English only, and the language is {hint}")
        recognizer = WhisperRecognizer(model, request)
        try:
            words = recognize_speech(request, [recognizer], LONGEST_MS, self._read)
        except RecognizerFailed as error:
            raise Refused(f"{FAILED}{error}") from error
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
            if folder is None:
                raise Refused(advise(self._model))
            try:
                return wait_for(pool.submit(self._load, folder, self._threads), tick)
            except (RuntimeError, ValueError, OSError) as error:
                raise Refused(f"{FAILED}the weights in {folder} do not load ({error})") from error


class WhisperRecognizer:
    """A loaded model that remembers which language the source is in."""

    def __init__(self, model: SpeechModel, request: SpeechRequest) -> None:
        hint = primary_language(request.language)
        self._model = model
        self._hotwords = ", ".join(request.hotwords) or None
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
                samples, **transcribe_options(self._language, self._hotwords)
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
