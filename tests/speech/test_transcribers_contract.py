"""What every transcriber promises, the fake included."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cliply.media.probe import probe
from cliply.speech.embedded import EmbeddedTranscriber
from cliply.speech.segments import SAMPLE_RATE
from cliply.speech.sidecar import SidecarTranscriber
from cliply.speech.sphinx import SphinxTranscriber
from cliply.speech.transcriber import Refused, SpeechRequest, Transcriber
from cliply.speech.whisper import WhisperTranscriber
from cliply.speech.words import RawWord
from tests.speech.sources import sound_of, source_of, span
from tests.speech.test_chain import Scripted
from tests.speech.tiny_whisper import build_tiny_whisper

Make = Callable[[Path], Transcriber]


def whisper(folder: Path) -> Transcriber:
    return WhisperTranscriber(
        str(build_tiny_whisper(folder / "tiny")), folder, hub="never", threads=1
    )


def scripted(_folder: Path) -> Transcriber:
    return Scripted("scripted", [RawWord("b", 400, 900), RawWord("a", 0, 500)])


MAKERS: list[Make] = [
    lambda _folder: SidecarTranscriber(),
    lambda _folder: EmbeddedTranscriber(),
    whisper,
    lambda _folder: SphinxTranscriber(1),
    scripted,
]
NAMES = ["sidecar", "embedded", "faster-whisper", "pocketsphinx", "scripted"]


@pytest.fixture(params=MAKERS, ids=NAMES)
def transcriber(request: pytest.FixtureRequest, tmp_path: Path) -> Transcriber:
    make: Make = request.param
    return make(tmp_path)


@pytest.fixture
def request_for_real_speech(
    shared_media: Path, tmp_path: Path, transcriber: Transcriber
) -> SpeechRequest:
    """Real speech, with words written down in every way that a transcriber may want."""
    sidecar = tmp_path / "talk.srt"
    sidecar.write_text("1\n00:00:01,000 --> 00:00:59,000\nIt runs on. And on\n")
    is_written = transcriber.name == "embedded"
    path = shared_media / ("nasa_13013.mp4" if is_written else "jfk.flac")
    spans = None if is_written else (span(300, 2_300),)
    return SpeechRequest(path=path, source=probe(path), speech=spans, sidecar=sidecar)


def test_words_are_in_order_inside_the_source_and_say_something(
    transcriber: Transcriber, request_for_real_speech: SpeechRequest
) -> None:
    transcript = transcriber.transcribe(request_for_real_speech)
    assert transcript.engine == transcriber.name
    assert transcript.words
    for before, after in pairwise(transcript.words):
        assert before.span.end_ms <= after.span.start_ms
    assert transcript.words[-1].span.end_ms <= request_for_real_speech.source.duration_ms
    assert all(word.text == word.text.strip() != "" for word in transcript.words)
    covered = [i for u in transcript.utterances for i in range(u.first, u.last + 1)]
    assert covered == list(range(len(transcript.words)))


def test_a_source_with_nothing_in_it_is_declined_not_an_error(tmp_path: Path) -> None:
    request = SpeechRequest(path=tmp_path / "a.mkv", source=source_of(5000, has_audio=False))
    for make in MAKERS[:-1]:
        with pytest.raises(Refused):
            make(tmp_path).transcribe(request)


@pytest.mark.parametrize("engine", ["faster-whisper", "pocketsphinx"])
def test_noise_gives_a_transcript_or_a_refusal(engine: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, SAMPLE_RATE * 2).astype(np.float32)
    weights = str(build_tiny_whisper(tmp_path / "tiny"))
    engines: dict[str, Transcriber] = {
        "faster-whisper": WhisperTranscriber(
            weights, tmp_path, hub="never", threads=1, read=sound_of(noise)
        ),
        "pocketsphinx": SphinxTranscriber(1, read=sound_of(noise)),
    }
    request = SpeechRequest(path=tmp_path, source=source_of(2000), speech=(span(0, 2000),))
    words = engines[engine].transcribe(request).words
    assert all(word.span.end_ms <= 2000 for word in words)
