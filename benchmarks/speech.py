"""Speech recognition through our path, against the bare calls of the model."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.media import folder
from benchmarks.timing import Row, alternate, rows
from cliply.media.probe import probe
from cliply.speech.recognition import find_speech, read_sound
from cliply.speech.segments import Samples, cut_segments, plan_spans
from cliply.speech.transcriber import SpeechRequest
from cliply.speech.whisper import (
    LONGEST_MS,
    SpeechModel,
    WhisperTranscriber,
    load_model,
    transcribe_options,
)
from tests.speech.tiny_whisper import build_tiny_whisper

RUNS = 3
THREADS = 2
TALK = Path(__file__).resolve().parents[2] / "shared" / "media" / "manifesto.mp4"
"""88 s of an audiobook."""


class Greedy:
    """A model that is never asked twice: what random weights say at a temperature is never
    twice as long, and the two sides would not do the same work."""

    def __init__(self, model: SpeechModel) -> None:
        self._model = model

    @property
    def supported_languages(self) -> list[str]:
        return self._model.supported_languages

    def transcribe(self, audio: Samples, **options: Any) -> tuple[Any, Any]:
        return self._model.transcribe(audio, **{**options, "temperature": [0.0]})


def measure() -> list[Row]:
    """Random weights of the size of `tiny`: the smallest published, so overhead shows most."""
    weights = folder() / "random-tiny-whisper"
    if not (weights / "model.bin").exists():
        build_tiny_whisper(weights, width=384, layers=4, heads=6)
    model = Greedy(load_model(weights, THREADS))
    source = probe(TALK)
    request = SpeechRequest(path=TALK, source=source)
    spans = plan_spans(find_speech(request), source.duration_ms, LONGEST_MS)
    cut = [part.samples for part in cut_segments(read_sound(TALK, source), spans, LONGEST_MS)]
    ours = WhisperTranscriber(
        str(weights), weights.parent, threads=THREADS, load=lambda _folder, _threads: model
    )

    def bare(stretches: list[Samples]) -> None:
        for samples in stretches:
            segments, _ = model.transcribe(samples, **transcribe_options(None, None))
            list(segments)

    path, calls = alternate(partial(ours.transcribe, request), partial(bare, cut), RUNS)
    wall, cpu = rows(
        "faster-whisper, 88 s", path, calls, against="bare model calls, same stretches"
    )
    return [wall, replace(cpu, target=1.1)]
