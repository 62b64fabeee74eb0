"""The accurate tier: WhisperX with alignment and diarization, in a process of its own."""

import json
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.models.catalogue import aligners, find_entry
from cliply.models.store import find_model, locate
from cliply.speech.child import Child, ChildFailed
from cliply.speech.recognition import (
    ReadSound,
    find_speech,
    read_sound,
    require_speech,
    wait_for,
)
from cliply.speech.segments import Segment, cut_segments, plan_spans
from cliply.speech.transcriber import FAILED, NOT_INSTALLED, Refused, SpeechRequest
from cliply.speech.turns import VoiceStretch, assign_speakers, number_speakers
from cliply.speech.weights import advise, find_weights
from cliply.speech.words import RawWord, primary_language, transcript_of

LONGEST_MS = 28_000
"""The encoder always computes 30 s; two seconds are left for a cut in a silence."""

BATCH = 16
"""Stretches that the encoder takes at once; at 28 s each they are 29 MB of sound."""

HEARD_SHARE = 0.85
"""Part of the progress that recognition is given; the rest is diarization."""

LEAST_COVERED = 0.5
"""With fewer of the words in anybody's stretch, only the number of speakers is believed."""

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "PYANNOTE_METRICS_ENABLED": "0",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Nothing is downloaded within a job, and nobody is told of it."""


@dataclass(frozen=True)
class EngineSettings:
    """What the process is started with; folders as text, as it gets them in JSON."""

    weights: str
    threads: int
    language: str | None
    hotwords: str | None
    aligners: Mapping[str, str]
    """Folders of the alignment models that are there, by language."""
    diarization: str | None


@dataclass(frozen=True)
class HeardBatch:
    """Words of each stretch, in milliseconds from its first sample."""

    stretches: list[list[RawWord]]
    language: str
    is_aligned: bool
    notes: tuple[str, ...] = ()


class Engine(Protocol):
    """A loaded WhisperX; every call may raise ChildFailed."""

    def load(self) -> Sequence[str]:
        """Languages that it knows, once everything is in memory."""
        ...

    def recognize(self, segments: Sequence[Segment]) -> HeardBatch: ...

    def listen(self, samples: np.ndarray) -> None:
        """Keep sound to diarize, from source time 0 on without gaps."""
        ...

    def diarize(self) -> list[VoiceStretch]:
        """Who spoke in what was listened to; nothing can be recognised after it."""
        ...

    def close(self) -> None: ...


StartEngine = Callable[[EngineSettings], Engine]


def is_installed() -> bool:
    return find_spec("whisperx") is not None


class WhisperXTranscriber:
    """The `accurate` tier: batches of 16, words fitted to the sound, speakers told apart.

    Without the alignment model of a language the words have whisper's own times; without
    diarization, or where it fails, they have no speakers. Both are warnings of the
    transcript. Memory grows with the source only for diarization, 115 MB an hour until it
    runs and three times that while it does.
    """

    name = "whisperx"

    def __init__(
        self,
        model: str,
        models_dir: Path,
        *,
        threads: int,
        read: ReadSound = read_sound,
        start: StartEngine | None = None,
        installed: Callable[[], bool] = is_installed,
    ) -> None:
        self._model = model
        self._models_dir = models_dir
        self._threads = threads
        self._read = read
        self._start = start or WhisperXProcess
        self._is_installed = installed

    @property
    def signature(self) -> str:
        """Changes with everything on this machine that makes another transcript come out."""
        if not self._is_installed() or find_weights(self._model, self._models_dir) is None:
            return "none"
        settings = self._settings(None)
        parts = [
            *(f"align-{code}" for code in sorted(settings.aligners)),
            *(["diarization"] if settings.diarization else []),
        ]
        return "+".join([self._model, *parts])

    def transcribe(self, request: SpeechRequest) -> Transcript:
        """Raises Refused where there is no speech, no package or no weights."""
        require_speech(request)
        if not self._is_installed():
            raise Refused(NOT_INSTALLED)
        settings = self._settings(request)
        request = replace(request, speech=find_speech(request, self._read))
        try:
            with closing(self._start(settings)) as engine:
                return self._written(_Hearing(engine, settings, request, self._read))
        except ChildFailed as error:
            raise Refused(f"{FAILED}{error}") from error

    def _settings(self, request: SpeechRequest | None) -> EngineSettings:
        weights = find_weights(self._model, self._models_dir)
        if weights is None:
            raise Refused(advise(self._model))
        found = {model.language: locate(model, self._models_dir) for model in aligners()}
        diarization = find_model("diarization", self._models_dir)
        return EngineSettings(
            weights=str(weights),
            threads=self._threads,
            language=primary_language(request.language) if request else None,
            hotwords=", ".join(request.hotwords) or None if request else None,
            aligners={language: str(path) for language, path in found.items() if language and path},
            diarization=str(diarization) if diarization else None,
        )

    def _written(self, hearing: "_Hearing") -> Transcript:
        words = hearing.words()
        speakers = hearing.speakers(words)
        transcript = transcript_of(
            speakers.words,
            hearing.request.source.duration_ms,
            engine=self.name,
            model=self._model,
            language=hearing.language,
            quality=TranscriptQuality.high,
        )
        return transcript.model_copy(
            update={"speaker_count": speakers.count, "warnings": tuple(hearing.warnings)}
        )


@dataclass(frozen=True)
class Spoken:
    """Words with their speakers as far as known, and how many people spoke."""

    words: list[RawWord]
    count: int | None = None


class _Hearing:
    """One source going through one engine."""

    def __init__(
        self, engine: Engine, settings: EngineSettings, request: SpeechRequest, read: ReadSound
    ) -> None:
        self.request = request
        self.language = settings.language or "und"
        self.warnings: list[str] = []
        self._engine = engine
        self._settings = settings
        self._read = read
        self._fraction = 0.0

    def words(self) -> list[RawWord]:
        """Every word in source time; reads the sound once."""
        spans = plan_spans(self.request.speech or (), self.request.source.duration_ms, LONGEST_MS)
        words: list[RawWord] = []
        with ThreadPoolExecutor(1) as pool:
            self._load(pool)
            blocks = self._heard_blocks()
            for batch in _batched(cut_segments(blocks, spans, LONGEST_MS)):
                heard = wait_for(pool.submit(self._engine.recognize, batch), self._tick)
                words += _placed(batch, heard)
                self._note(heard)
                self._reached(batch[-1].end_ms, spans)
            for _ in blocks:
                self._tick()
        return words

    def speakers(self, words: list[RawWord]) -> Spoken:
        """The words with their speakers; without them, and with a warning, where none are known."""
        if self._settings.diarization is None:
            self.warnings.append(
                "Speakers are not told apart, as their model is not there; run "
                "`cliply models fetch diarization`."
            )
            return Spoken(words)
        try:
            with ThreadPoolExecutor(1) as pool:
                turns = wait_for(pool.submit(self._engine.diarize), self._tick)
        except ChildFailed as error:
            self.warnings.append(f"Speakers are not told apart, as diarization failed ({error}).")
            return Spoken(words)
        return self._told_apart(words, turns)

    def _told_apart(self, words: list[RawWord], turns: Sequence[VoiceStretch]) -> Spoken:
        if not turns:
            self.warnings.append("Speakers are not told apart, as diarization heard none.")
            return Spoken(words)
        named = assign_speakers(words, turns)
        count = len({turn.speaker for turn in turns})
        covered = sum(word.speaker is not None for word in named)
        if covered >= LEAST_COVERED * len(words):
            return Spoken(number_speakers(named), count)
        self.warnings.append(
            "Only the number of speakers is known: diarization found them elsewhere than the "
            "words are."
        )
        return Spoken(words, count)

    def _load(self, pool: ThreadPoolExecutor) -> None:
        known = wait_for(pool.submit(self._engine.load), self._tick)
        wanted = self._settings.language
        if wanted and wanted != "en" and list(known) == ["en"]:
            raise Refused(f"its weights know English only, and the language is {wanted}")

    def _heard_blocks(self) -> Iterator[np.ndarray]:
        for block in self._read(self.request.path, self.request.source):
            self._tick()
            if self._settings.diarization:
                self._engine.listen(block[0])
            yield block

    def _note(self, heard: HeardBatch) -> None:
        self.language = heard.language
        if not heard.is_aligned:
            reason = "; ".join(heard.notes) or _missing_aligner(heard.language)
            warning = f"Word times are whisper's own, less exact: {reason}."
            if warning not in self.warnings:
                self.warnings.append(warning)

    def _reached(self, time_ms: int, spans: Sequence[TimeRange]) -> None:
        done = TimeRange(start_ms=0, end_ms=max(1, time_ms))
        total_ms = sum(span.duration_ms for span in spans)
        done_ms = sum(span.overlap_ms(done) for span in spans)
        self._fraction = HEARD_SHARE * min(1.0, done_ms / max(1, total_ms))

    def _tick(self) -> None:
        self.request.on_progress(self._fraction)


class WhisperXProcess:
    """The engine in a child process, which can be ended at any moment."""

    def __init__(self, settings: EngineSettings) -> None:
        arguments = json.dumps(asdict(settings))
        self._child = Child("whisperx_worker.py", arguments, environment=OFFLINE)

    def load(self) -> Sequence[str]:
        return [str(language) for language in self._child.answer()["languages"]]

    def recognize(self, segments: Sequence[Segment]) -> HeardBatch:
        lengths = [len(segment.samples) for segment in segments]
        head = struct.pack(f"<I{len(lengths)}I", len(lengths), *lengths)
        sound = np.concatenate([segment.samples for segment in segments]).astype("<f4")
        self._child.send(b"R" + head + sound.tobytes())
        return _batch_of(self._child.answer())

    def listen(self, samples: np.ndarray) -> None:
        pcm = (np.clip(samples, -1, 1) * 32_767).astype("<i2")
        self._child.send(b"L" + pcm.tobytes())

    def diarize(self) -> list[VoiceStretch]:
        self._child.send(b"D")
        return [
            VoiceStretch(speaker, TimeRange(start_ms=max(0, start_ms), end_ms=end_ms))
            for speaker, start_ms, end_ms in self._child.answer()["turns"]
            if end_ms > max(0, start_ms)
        ]

    def close(self) -> None:
        self._child.close()


def _batch_of(answer: dict[str, Any]) -> HeardBatch:
    return HeardBatch(
        stretches=[[RawWord(*word) for word in stretch] for stretch in answer["words"]],
        language=answer["language"],
        is_aligned=answer["is_aligned"],
        notes=tuple(answer["notes"]),
    )


def _batched(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    batch: list[Segment] = []
    for segment in segments:
        batch.append(segment)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _placed(batch: Sequence[Segment], heard: HeardBatch) -> Iterator[RawWord]:
    """Words moved to source time; none may leave its stretch."""
    for segment, stretch in zip(batch, heard.stretches, strict=True):
        length_ms = segment.end_ms - segment.start_ms
        for word in stretch:
            start_ms = min(max(0, word.start_ms), length_ms)
            end_ms = min(max(start_ms, word.end_ms), length_ms)
            yield word._replace(start_ms=start_ms, end_ms=end_ms).shifted(segment.start_ms)


def _missing_aligner(language: str) -> str:
    name = f"align-{language}"
    if find_entry(name) is None:
        return f"there is no alignment model for the language {language}"
    return f"the alignment model is not there, run `cliply models fetch {name}`"
