"""Recognises, aligns and diarizes with WhisperX; run as a script.

PyTorch and its libraries stay out of the parent: they print, patch and keep GPU memory as
long as their process lives. The parent starts this with the hub and telemetry turned off.
"""

import json
import os
import struct
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
BATCH = 16
"""Stretches of at most 30 s that the encoder takes at once."""

PUNKT_FILES = (
    "collocations.tab",
    "sent_starters.txt",
    "abbrev_types.txt",
    "ortho_context.tab",
)

Heard = list[tuple[str, int, int, float | None]]
Sound = NDArray[np.float32]


def main() -> None:
    """Answer each request with one JSON line; the first answer tells that all is loaded."""
    answers = _own_stdout()
    settings = json.loads(sys.argv[1])
    engine: Engine | None = None
    try:
        engine = Engine(settings)
        _answer(answers, {"device": engine.device, "languages": engine.languages})
    except Exception as error:  # the process boundary: the parent reports it
        _answer(answers, {"error": f"{type(error).__name__}: {error}"})
        return
    for kind, body in _requests():
        try:
            if (answer := engine.do(kind, body)) is not None:
                _answer(answers, answer)
        except Exception as error:  # the process boundary: the parent reports it
            _answer(answers, {"error": f"{type(error).__name__}: {error}"})


class Engine:
    """Whisper, the models that align its words, and the sound to diarize in the end."""

    def __init__(self, settings: dict[str, Any]) -> None:
        import torch

        self._settings = settings
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._spans = _given_spans()
        self._pipeline = self._load()
        self._language: str | None = settings["language"]
        self._aligner: tuple[Any, Any] | None = None
        self._sound: list[NDArray[np.int16]] = []
        self._notes: dict[str, str] = {}

    @property
    def languages(self) -> list[str]:
        return list(self._pipeline.model.supported_languages)

    def do(self, kind: bytes, body: bytes) -> dict[str, Any] | None:
        """Recognise `R`, keep sound to diarize `L` (no answer), or diarize what was kept `D`."""
        if kind == b"R":
            return self._recognize(body)
        if kind == b"L":
            self._sound.append(np.frombuffer(body, np.int16))
            return None
        return {"turns": self._diarize()}

    def _load(self) -> Any:
        import ctranslate2
        import whisperx

        ctranslate2.set_random_seed(0)
        return whisperx.load_model(
            self._settings["weights"],
            self.device,
            compute_type="float16" if self.device == "cuda" else "int8",
            asr_options={"hotwords": self._settings["hotwords"]},
            vad_model=self._spans,
            local_files_only=True,
            threads=self._settings["threads"],
        )

    def _recognize(self, body: bytes) -> dict[str, Any]:
        """Words of each stretch, from its first sample on."""
        (count,) = struct.unpack_from("<I", body)
        lengths = np.frombuffer(body, "<u4", count, 4).tolist()
        sound = np.frombuffer(body, "<f4", offset=4 + 4 * count)
        bounds = np.cumsum([0, *lengths]).tolist()
        language = self._known_language(sound)
        words = self._aligned(sound, bounds, language)
        is_aligned = words is not None
        if words is None:
            words = self._attended(sound, bounds, language)
        notes = list(self._notes.values())
        return {"words": words, "language": language, "is_aligned": is_aligned, "notes": notes}

    def _known_language(self, sound: Sound) -> str:
        """The language that was given, or that most of the first stretches are in."""
        model = self._pipeline.model
        if self._language is None and not model.model.is_multilingual:
            self._language = "en"
        if self._language is None:
            self._language = model.detect_language(sound, language_detection_segments=4)[0]
        assert self._language is not None
        return self._language

    def _aligned(self, sound: Sound, bounds: list[int], language: str) -> list[Heard] | None:
        """Words fitted to the sound; None where no model for that can be used."""
        aligner = self._align_model(language)
        if aligner is None:
            return None
        self._spans.bounds = bounds
        said = self._pipeline.transcribe(sound, batch_size=BATCH, language=language)
        texts = [segment["text"].strip() for segment in said["segments"]]
        return [
            self._align(text, sound[start:end], aligner) if text else []
            for text, (start, end) in zip(texts, pairwise(bounds), strict=True)
        ]

    def _align_model(self, language: str) -> tuple[Any, Any] | None:
        folder = self._settings["aligners"].get(language)
        if folder is None or "align" in self._notes:
            return None
        if self._aligner is None:
            import whisperx

            _give_sentence_rules()
            try:
                self._aligner = whisperx.load_align_model(
                    language, self.device, model_name=folder, model_cache_only=True
                )
            except Exception as error:  # libraries raise many kinds; whisper's times remain
                self._notes["align"] = f"the alignment model in {folder} does not load ({error})"
        return self._aligner

    def _align(self, text: str, sound: Sound, aligner: tuple[Any, Any]) -> Heard:
        import whisperx

        segment = {"text": text, "start": 0.0, "end": len(sound) / RATE}
        model, details = aligner
        aligned = whisperx.align([segment], model, details, sound, self.device)
        words = aligned["word_segments"]
        if not words or any("start" not in word or "end" not in word for word in words):
            return _spread(text, round(len(sound) / RATE * 1000))
        return [
            (word["word"], _ms(word["start"]), _ms(word["end"]), _number(word.get("score")))
            for word in words
        ]

    def _attended(self, sound: Sound, bounds: list[int], language: str) -> list[Heard]:
        """Words with the times of whisper's own attention."""
        from faster_whisper import BatchedInferencePipeline

        clips = [{"start": start / RATE, "end": end / RATE} for start, end in pairwise(bounds)]
        segments, _ = BatchedInferencePipeline(self._pipeline.model).transcribe(
            sound,
            batch_size=BATCH,
            language=language,
            word_timestamps=True,
            clip_timestamps=clips,
            hotwords=self._settings["hotwords"],
        )
        heard: list[Heard] = [[] for _ in clips]
        for word in (word for segment in segments for word in segment.words or ()):
            index = min(bisect_right(bounds, int(word.start * RATE)) - 1, len(clips) - 1)
            offset = bounds[index] / RATE
            times = (_ms(word.start - offset), _ms(word.end - offset))
            heard[index].append((word.word.strip(), *times, _number(word.probability)))
        return heard

    def _diarize(self) -> list[tuple[str, int, int]]:
        """Stretches of the kept sound, each with its speaker."""
        from whisperx.diarize import DiarizationPipeline

        del self._pipeline, self._aligner  # their memory is wanted now
        kept = np.concatenate(self._sound) if self._sound else np.zeros(0, np.int16)
        self._sound.clear()
        pipeline = DiarizationPipeline(self._settings["diarization"], device=self.device)
        rows = pipeline(kept.astype(np.float32) / 32_768)
        return [
            (str(row.speaker), _ms(row.start), _ms(row.end))
            for row in rows.itertuples()
            if row.end > row.start
        ]


def _given_spans() -> Any:
    """A voice detector for WhisperX that only knows what it was told."""
    from whisperx.vads import Vad

    class GivenSpans(Vad):  # type: ignore[misc]
        """The parent has looked for voices, and cut the sound."""

        bounds: Sequence[int] = ()

        def __call__(self, _audio: object, **_options: object) -> list[dict[str, float]]:
            return [
                {"start": start / RATE, "end": end / RATE} for start, end in pairwise(self.bounds)
            ]

        @staticmethod
        def preprocess_audio(audio: Sound) -> Sound:
            return audio

        @staticmethod
        def merge_chunks(
            segments: list[dict[str, float]], *_limits: object, **_options: object
        ) -> list[dict[str, float]]:
            return segments

    return GivenSpans(0.5)


def _give_sentence_rules() -> None:
    """Rules for NLTK that cut at every full stop, so that it downloads none.

    WhisperX groups words into sentences with them; ours are grouped by `utterances`.
    """
    import nltk
    from whisperx.utils import PUNKT_LANGUAGES

    folder = Path(tempfile.mkdtemp(prefix="cliply-sentences-"))
    for language in {*PUNKT_LANGUAGES.values(), "english"}:
        rules = folder / "tokenizers" / "punkt_tab" / language
        rules.mkdir(parents=True)
        for name in PUNKT_FILES:
            (rules / name).touch()
    nltk.data.path.insert(0, str(folder))


def _spread(text: str, length_ms: int) -> Heard:
    """Words that could not be aligned, laid evenly over their stretch."""
    words = text.split()
    step = length_ms / max(1, len(words))
    return [
        (word, round(index * step), round((index + 1) * step), None)
        for index, word in enumerate(words)
    ]


def _ms(seconds: float) -> int:
    return round(float(seconds) * 1000)


def _number(value: Any) -> float | None:
    """A plain number; libraries give numpy's, and NaN where they know none."""
    return None if value is None or value != value else float(value)


def _requests() -> Iterator[tuple[bytes, bytes]]:
    """Length, kind and body of each message, until the parent closes the pipe."""
    source = sys.stdin.buffer
    while header := source.read(4):
        message = source.read(int.from_bytes(header, "little"))
        yield message[:1], message[1:]


def _own_stdout() -> TextIO:
    """The pipe to the parent; what libraries print goes to standard error instead."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def _answer(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
