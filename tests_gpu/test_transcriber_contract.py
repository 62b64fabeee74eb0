"""WhisperX keeps the promises of every transcriber."""

from pathlib import Path

import pytest

from cliply.domain.timing import TimeRange
from cliply.media.probe import probe
from cliply.speech.transcriber import SpeechRequest
from cliply.speech.whisperx import WhisperXTranscriber
from tests.speech.contract import require_end, require_refusal_of_nothing, require_transcript
from tests.speech.sources import source_of
from tests.speech.tiny_whisper import build_tiny_whisper

SOUND = Path(__file__).resolve().parents[2] / "shared" / "media" / "jfk.flac"


@pytest.fixture(scope="module")
def whisperx(tmp_path_factory: pytest.TempPathFactory) -> WhisperXTranscriber:
    folder = tmp_path_factory.mktemp("models")
    build_tiny_whisper(folder / "tiny")
    return WhisperXTranscriber("tiny", folder, threads=2)


@pytest.fixture(scope="module")
def request_for_real_speech() -> SpeechRequest:
    speech = (TimeRange(start_ms=300, end_ms=2_300),)
    return SpeechRequest(path=SOUND, source=probe(SOUND), speech=speech)


def test_words_are_in_order_inside_the_source_and_say_something(
    whisperx: WhisperXTranscriber, request_for_real_speech: SpeechRequest
) -> None:
    require_transcript(whisperx, request_for_real_speech)


def test_who_asked_may_end_the_work(
    whisperx: WhisperXTranscriber, request_for_real_speech: SpeechRequest
) -> None:
    require_end(whisperx, request_for_real_speech)


def test_a_source_with_nothing_in_it_is_declined(
    whisperx: WhisperXTranscriber, tmp_path: Path
) -> None:
    mute = SpeechRequest(path=tmp_path / "a.mkv", source=source_of(5000, has_audio=False))
    require_refusal_of_nothing(whisperx, mute)
