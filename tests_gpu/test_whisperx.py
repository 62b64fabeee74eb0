"""The accurate tier's own loading path, with tiny models of random weights, on the CPU."""

import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from cliply.domain.transcript import Transcript
from cliply.media.probe import probe
from cliply.speech.transcriber import Refused, SpeechRequest
from cliply.speech.whisperx import WhisperXTranscriber
from tests.speech.tiny_whisper import build_tiny_whisper

SOUND = Path(__file__).resolve().parents[2] / "shared" / "media" / "jfk.flac"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    build_tiny_whisper(folder / "tiny")
    script = Path(__file__).with_name("tiny_whisperx.py")
    subprocess.run([sys.executable, str(script), str(folder)], check=True)
    return folder


def transcript_with(models: Path, **fields: object) -> Transcript:
    request = SpeechRequest(path=SOUND, source=probe(SOUND), **fields)
    return WhisperXTranscriber("tiny", models, threads=2).transcribe(request)


def require_in_order(transcript: Transcript) -> None:
    assert transcript.words
    for before, after in pairwise(transcript.words):
        assert before.span.end_ms <= after.span.start_ms


def test_words_are_aligned_and_have_speakers_when_all_models_are_there(models: Path) -> None:
    transcript = transcript_with(models, hotwords=("Kennedy",))
    require_in_order(transcript)
    assert (transcript.engine, transcript.model) == ("whisperx", "tiny")
    assert transcript.language == "en"
    assert transcript.warnings == ()
    assert sum(word.confidence is not None for word in transcript.words) > len(transcript.words) / 2
    assert transcript.speaker_count == 1
    assert {word.speaker for word in transcript.words} == {"S1"}
    assert len(transcript.turns) == 1


def test_without_the_other_models_whispers_own_times_and_no_speakers_remain(
    models: Path, tmp_path: Path
) -> None:
    (tmp_path / "tiny").symlink_to(models / "tiny")
    transcript = transcript_with(tmp_path)
    require_in_order(transcript)
    assert "cliply models fetch align-en" in transcript.warnings[0]
    assert "cliply models fetch diarization" in transcript.warnings[1]
    assert transcript.speaker_count is None
    assert transcript.turns == ()


def test_models_that_do_not_load_cost_their_part_only(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    (tmp_path / "align-en" / "model.safetensors").write_bytes(b"damaged")
    (tmp_path / "diarization" / "embedding" / "pytorch_model.bin").write_bytes(b"damaged")
    transcript = transcript_with(tmp_path)
    require_in_order(transcript)
    assert "does not load" in transcript.warnings[0]
    assert "diarization failed" in transcript.warnings[1]


def test_weights_that_do_not_load_are_a_refusal(models: Path, tmp_path: Path) -> None:
    build_tiny_whisper(tmp_path / "tiny")
    (tmp_path / "tiny" / "model.bin").write_bytes(b"damaged")
    with pytest.raises(Refused, match=r"^failed: "):
        transcript_with(tmp_path)
