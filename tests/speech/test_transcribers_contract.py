"""What every transcriber promises, the fakes included."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from cliply.domain.transcribers import TranscriberName
from cliply.media.probe import probe
from cliply.speech.deepgram import DeepgramTranscriber
from cliply.speech.embedded import EmbeddedTranscriber
from cliply.speech.segments import SAMPLE_RATE
from cliply.speech.sidecar import SidecarTranscriber
from cliply.speech.sphinx import SphinxTranscriber
from cliply.speech.transcriber import SpeechRequest, Transcriber
from cliply.speech.whisper import WhisperTranscriber
from cliply.speech.words import RawWord
from tests.speech.contract import (
    require_end,
    require_refusal_of_nothing,
    require_transcript,
)
from tests.speech.fake_deepgram import KEY, FakeDeepgram, Said, serving
from tests.speech.sources import sound_of, source_of, span
from tests.speech.test_chain import Scripted
from tests.speech.tiny_whisper import build_tiny_whisper

SRT = "1\n00:00:01,000 --> 00:00:59,000\nIt runs on. And on\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:03.000\nIt<00:01.400><c> runs</c><00:02.000><c> on.</c>\n"
JSON3 = json.dumps(
    {"events": [{"tStartMs": 900, "dDurationMs": 2000, "segs": [{"utf8": "It runs on."}]}]}
)
OWN = json.dumps(
    {
        "language": "en",
        "engine": "hand",
        "quality": "given",
        "words": [{"text": "It", "span": {"start_ms": 100, "end_ms": 300}}],
    }
)


@dataclass
class Case:
    """A transcriber, and which of the real files it hears."""

    transcriber: Transcriber
    file: str = "jfk.flac"
    sidecar: Path | None = None
    works: bool = True
    """Whether it takes time, so that it can be ended."""
    fields: dict[str, object] = field(default_factory=dict)

    def request(self, media: Path) -> SpeechRequest:
        path = media / self.file
        return SpeechRequest(path=path, source=probe(path), sidecar=self.sidecar, **self.fields)


SOME_SPEECH = {"speech": (span(300, 2_300),)}


def sidecar_as(suffix: str, text: str) -> Callable[[Path], Iterator[Case]]:
    def case(folder: Path) -> Iterator[Case]:
        path = folder / f"talk{suffix}"
        path.write_text(text)
        yield Case(SidecarTranscriber(), sidecar=path, works=False)

    return case


def embedded(_folder: Path) -> Iterator[Case]:
    yield Case(EmbeddedTranscriber(), file="nasa_13013.mp4")


def whisper(folder: Path) -> Iterator[Case]:
    weights = build_tiny_whisper(folder / "tiny")
    yield Case(WhisperTranscriber(str(weights), folder, threads=1), fields=SOME_SPEECH)


def deepgram(_folder: Path) -> Iterator[Case]:
    said = [Said("fellow", 1.2, 1.7), Said("And", 0.3, 0.6), Said("country", 60.0, 61.0)]
    with serving(FakeDeepgram(words=said)) as fake:
        yield Case(DeepgramTranscriber(SecretStr(KEY), base_url=fake.address))


def sphinx(_folder: Path) -> Iterator[Case]:
    yield Case(SphinxTranscriber(1), fields=SOME_SPEECH)


def scripted(_folder: Path) -> Iterator[Case]:
    words = [RawWord("b", 400, 900), RawWord("a", 0, 500)]
    yield Case(Scripted("scripted", words), works=False)


CASES: dict[str, Callable[[Path], Iterator[Case]]] = {
    "sidecar, SRT": sidecar_as(".srt", SRT),
    "sidecar, WebVTT": sidecar_as(".vtt", VTT),
    "sidecar, json3": sidecar_as(".json3", JSON3),
    "sidecar, JSON": sidecar_as(".json", OWN),
    "embedded": embedded,
    "faster-whisper": whisper,
    "deepgram": deepgram,
    "pocketsphinx": sphinx,
    "scripted": scripted,
}


@pytest.fixture(scope="module", params=CASES)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    make = contextmanager(CASES[request.param])
    with make(tmp_path_factory.mktemp("transcriber")) as made:
        yield made


def test_every_transcriber_of_the_base_install_is_in_the_suite() -> None:
    """WhisperX, of the extra `gpu`, keeps the same promises in `tests_gpu`."""
    names = {name.split(",")[0] for name in CASES}
    assert names >= set(TranscriberName) - {TranscriberName.whisperx}


def test_words_are_in_order_inside_the_source_and_say_something(
    case: Case, shared_media: Path
) -> None:
    require_transcript(case.transcriber, case.request(shared_media))


def test_who_asked_may_end_the_work(case: Case, shared_media: Path) -> None:
    if case.works:
        require_end(case.transcriber, case.request(shared_media))


def test_a_source_with_nothing_in_it_is_declined(case: Case, tmp_path: Path) -> None:
    mute = SpeechRequest(path=tmp_path / "a.mkv", source=source_of(5000, has_audio=False))
    if case.transcriber.name != "scripted":
        require_refusal_of_nothing(case.transcriber, mute)


@pytest.mark.parametrize("engine", ["faster-whisper", "pocketsphinx"])
def test_noise_gives_a_transcript_or_a_refusal(engine: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, SAMPLE_RATE * 2).astype(np.float32)
    weights = str(build_tiny_whisper(tmp_path / "tiny"))
    engines: dict[str, Transcriber] = {
        "faster-whisper": WhisperTranscriber(weights, tmp_path, threads=1, read=sound_of(noise)),
        "pocketsphinx": SphinxTranscriber(1, read=sound_of(noise)),
    }
    request = SpeechRequest(path=tmp_path, source=source_of(2000), speech=(span(0, 2000),))
    words = engines[engine].transcribe(request).words
    assert all(word.span.end_ms <= 2000 for word in words)


def test_a_transcriber_that_breaks_its_promises_is_found(shared_media: Path) -> None:
    """The suite can fail: words that say nothing, and a name that is not its own."""

    class Wrong(Scripted):
        def transcribe(self, request: SpeechRequest):
            return super().transcribe(request).model_copy(update={"engine": "another"})

    path = shared_media / "jfk.flac"
    request = SpeechRequest(path=path, source=probe(path))
    for broken in (Wrong("wrong", [RawWord("a", 0, 500)]), Scripted("empty", [])):
        with pytest.raises(AssertionError):
            require_transcript(broken, request)
