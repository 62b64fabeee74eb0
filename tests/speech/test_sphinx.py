import time
from pathlib import Path

import numpy as np
import pytest

from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.errors import Cancelled
from cliply.media.probe import probe
from cliply.speech.sphinx import SphinxTranscriber, spoken
from cliply.speech.transcriber import NothingSaid, Refused, SpeechRequest
from tests.speech.sources import RATE, request_of, sound_of, span

SAID = {"and", "my", "fellow", "not", "what", "your", "country", "can", "do", "for", "you"}


@pytest.fixture(scope="module")
def speech_path(shared_media: Path) -> Path:
    return shared_media / "jfk.flac"


@pytest.fixture(scope="module")
def heard(speech_path: Path) -> tuple[Transcript, list[float]]:
    """The transcript of 11 s of speech, and the times at which progress was told."""
    ticks: list[float] = []
    request = SpeechRequest(
        path=speech_path,
        source=probe(speech_path),
        on_progress=lambda _fraction: ticks.append(time.monotonic()),
    )
    return SphinxTranscriber(workers=2).transcribe(request), ticks


def test_most_words_of_clear_speech_are_heard(heard: tuple[Transcript, list[float]]) -> None:
    words = {word.text.lower() for word in heard[0].words}
    assert len(SAID & words) >= 0.7 * len(SAID)


def test_words_are_heard_when_they_are_said(heard: tuple[Transcript, list[float]]) -> None:
    """The pauses of the recording are at 2.3…3.2 s and 4.4…5.3 s."""
    spans = [word.span for word in heard[0].words]
    assert not any(span(2450, 3100).overlaps(s) or span(4550, 5200).overlaps(s) for s in spans)
    last_country = next(w for w in reversed(heard[0].words) if w.text == "country")
    assert 9_700 < last_country.span.start_ms < 10_300


def test_the_transcript_says_that_it_is_rough(heard: tuple[Transcript, list[float]]) -> None:
    transcript = heard[0]
    assert transcript.quality == TranscriptQuality.low
    assert (transcript.engine, transcript.model, transcript.language) == (
        "pocketsphinx",
        "en-us",
        "en",
    )
    assert all(0 <= w.confidence <= 1 for w in transcript.words if w.confidence is not None)


def test_progress_is_told_all_the_while(heard: tuple[Transcript, list[float]]) -> None:
    assert max(np.diff(heard[1])) < 1.0


def test_noises_and_variants_are_not_words() -> None:
    parts = [("<s>", 0, 20, 1.0), ("the(2)", 30, 90, 0.5), ("<sil>", 90, 200, 1.0)]
    parts += [("[NOISE]", 200, 300, 1.0), ("++UH++", 300, 400, 1.0), ("i'm", 400, 500, 0.9)]
    parts += [("i", 500, 600, 0.9), ("his", 600, 700, 0.9)]
    assert [word.text for word in spoken(parts)] == ["the", "I'm", "I", "his"]


def test_another_language_is_declined() -> None:
    with pytest.raises(Refused, match="English only"):
        SphinxTranscriber(1).transcribe(request_of(5000, language="de"))


def test_silence_has_nothing_to_say() -> None:
    silence = sound_of(np.zeros(RATE * 5, np.float32))
    with pytest.raises(NothingSaid):
        SphinxTranscriber(1, read=silence).transcribe(request_of(5000))


def test_noise_that_passed_for_speech_gives_no_word() -> None:
    """Bursts too short for any word end in an answer, not in an error."""
    click = np.zeros(RATE, np.float32)
    click[100:200] = 0.5
    request = request_of(1000, speech=(span(0, 10), span(900, 950)))
    transcript = SphinxTranscriber(1, read=sound_of(click)).transcribe(request)
    assert all(word.span.end_ms <= 1000 for word in transcript.words)


def test_cancelling_ends_the_processes_at_once(speech_path: Path) -> None:
    begun = time.monotonic()

    def cancel(fraction: float) -> None:
        if time.monotonic() - begun > 2:
            raise Cancelled

    source = probe(speech_path)
    request = SpeechRequest(
        path=speech_path, source=source, speech=(span(0, 11_000),), on_progress=cancel
    )
    with pytest.raises(Cancelled):
        SphinxTranscriber(1).transcribe(request)
    assert time.monotonic() - begun < 3
