from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import TranscriptQuality
from cliply.errors import Cancelled
from cliply.models.catalogue import WHISPER_FILES
from cliply.speech.child import ChildFailed
from cliply.speech.segments import SAMPLE_RATE, Segment
from cliply.speech.transcriber import NothingSaid, Refused, SpeechRequest
from cliply.speech.turns import VoiceStretch
from cliply.speech.whisperx import EngineSettings, HeardBatch, WhisperXTranscriber
from cliply.speech.words import RawWord
from tests.speech.sources import clock, request_of, sound_of, source_of, span

SHORT_S, LONG_S = 65, 505


class ClockEngine:
    """Hears one word in every second of `clock`, and the time that it tells."""

    languages: Sequence[str] = ("en", "de")

    def __init__(self, **changes: Any) -> None:
        self.is_aligned = True
        self.notes: tuple[str, ...] = ()
        self.turns: Sequence[VoiceStretch] | Exception = ()
        self.fails: str = ""
        self.settings: EngineSettings | None = None
        self.batches: list[int] = []
        self.listened = 0
        self.closed = 0
        self.__dict__.update(changes)

    def start(self, settings: EngineSettings) -> "ClockEngine":
        self.settings = settings
        return self

    def load(self) -> Sequence[str]:
        if self.fails == "load":
            raise ChildFailed("no memory")
        return self.languages

    def recognize(self, segments: Sequence[Segment]) -> HeardBatch:
        if self.fails == "recognize":
            raise ChildFailed("the process ended with status -9")
        self.batches.append(len(segments))
        heard = [self._words(segment) for segment in segments]
        return HeardBatch(heard, "de", self.is_aligned, self.notes)

    def listen(self, samples: np.ndarray) -> None:
        self.listened += len(samples)

    def diarize(self) -> list[VoiceStretch]:
        if isinstance(self.turns, Exception):
            raise self.turns
        return list(self.turns)

    def close(self) -> None:
        self.closed += 1

    def _words(self, segment: Segment) -> list[RawWord]:
        starts = range(0, len(segment.samples) - SAMPLE_RATE // 2, SAMPLE_RATE)
        told = [round((float(segment.samples[start]) - 0.002) * 100_000) for start in starts]
        return [RawWord(str(ms), i * 1000, i * 1000 + 900, 0.9) for i, ms in enumerate(told)]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    put(tmp_path / "large-v3", *WHISPER_FILES)
    put(tmp_path / "align-de", "config.json", "vocab.json", "pytorch_model.bin")
    put(tmp_path / "diarization", "config.yaml")
    for part in ("segmentation/pytorch_model.bin", "embedding/pytorch_model.bin"):
        put(tmp_path / "diarization", part)
    put(tmp_path / "diarization", "plda/plda.npz", "plda/xvec_transform.npz")
    return tmp_path


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def transcriber(engine: ClockEngine, models: Path, length_s: int = SHORT_S) -> WhisperXTranscriber:
    return WhisperXTranscriber(
        "large-v3",
        models,
        threads=1,
        read=sound_of(clock(length_s)),
        start=engine.start,
        installed=lambda: True,
    )


def request(length_s: int = SHORT_S, **fields: object) -> SpeechRequest:
    starts = range(2000, (length_s - 3) * 1000, 5000)
    speech = tuple(span(start, start + 4500) for start in starts)
    return request_of(length_s * 1000, **{"speech": speech, **fields})


def test_long_sound_is_heard_in_batches_with_right_times_at_their_borders(models: Path) -> None:
    engine = ClockEngine(turns=[VoiceStretch("x", span(0, LONG_S * 1000))])
    transcript = transcriber(engine, models, LONG_S).transcribe(request(LONG_S))
    assert engine.batches[0] == 16
    assert len(engine.batches) == 2
    assert len(transcript.words) > 400
    assert all(abs(int(w.text) - w.span.start_ms) <= 1 for w in transcript.words)
    assert (transcript.engine, transcript.model) == ("whisperx", "large-v3")
    assert (transcript.language, transcript.quality) == ("de", TranscriptQuality.high)
    assert transcript.warnings == ()
    assert engine.closed == 1


def test_the_whole_sound_is_diarized_and_words_get_their_speakers(models: Path) -> None:
    turns = [VoiceStretch("SPEAKER_01", span(0, 30_000))]
    turns += [VoiceStretch("SPEAKER_00", span(30_000, 65_000))]
    engine = ClockEngine(turns=turns)
    transcript = transcriber(engine, models).transcribe(request())
    assert engine.listened == SHORT_S * SAMPLE_RATE
    assert transcript.speaker_count == 2
    assert [turn.speaker for turn in transcript.turns] == ["S1", "S2"]
    assert transcript.words[transcript.turns[0].last].span.end_ms < 31_000


def test_where_diarization_fails_the_words_remain_and_it_is_told(models: Path) -> None:
    engine = ClockEngine(turns=ChildFailed("out of memory"))
    transcript = transcriber(engine, models).transcribe(request())
    assert transcript.words
    assert transcript.speaker_count is None
    assert transcript.turns == ()
    assert transcript.warnings == (
        "Speakers are not told apart, as diarization failed (out of memory).",
    )


def test_speakers_found_where_no_words_are_give_their_number_only(models: Path) -> None:
    turns = [VoiceStretch("a", span(0, 900)), VoiceStretch("b", span(900, 1200))]
    transcript = transcriber(ClockEngine(turns=turns), models).transcribe(request())
    assert transcript.speaker_count == 2
    assert transcript.turns == ()
    assert "Only the number of speakers" in transcript.warnings[0]


def test_where_diarization_hears_nobody_no_number_is_claimed(models: Path) -> None:
    transcript = transcriber(ClockEngine(turns=[]), models).transcribe(request())
    assert transcript.speaker_count is None
    assert "heard none" in transcript.warnings[0]


def test_without_the_other_models_the_commands_that_bring_them_are_told_once(
    tmp_path: Path,
) -> None:
    put(tmp_path / "large-v3", *WHISPER_FILES)
    engine = ClockEngine(is_aligned=False)
    transcript = transcriber(engine, tmp_path).transcribe(request())
    assert engine.settings is not None
    assert (engine.settings.aligners, engine.settings.diarization) == ({}, None)
    assert engine.listened == 0
    assert len(transcript.warnings) == 2
    assert "cliply models fetch align-de" in transcript.warnings[0]
    assert "cliply models fetch diarization" in transcript.warnings[1]


def test_an_alignment_model_that_does_not_load_is_told_with_its_reason(models: Path) -> None:
    engine = ClockEngine(is_aligned=False, notes=("align-de does not load (damaged)",))
    warnings = transcriber(engine, models).transcribe(request()).warnings
    assert "align-de does not load (damaged)" in warnings[0]


def test_language_and_names_reach_the_engine(models: Path) -> None:
    engine = ClockEngine()
    wanted = request(language="de-AT", hotwords=("Cliply", "Dagster"))
    transcriber(engine, models).transcribe(wanted)
    assert engine.settings is not None
    assert engine.settings.language == "de"
    assert engine.settings.hotwords == "Cliply, Dagster"
    assert list(engine.settings.aligners) == ["de"]


@pytest.mark.parametrize("step", ["load", "recognize"])
def test_an_engine_that_breaks_is_a_refusal_and_is_closed(step: str, models: Path) -> None:
    engine = ClockEngine(fails=step)
    with pytest.raises(Refused, match=r"^failed: "):
        transcriber(engine, models).transcribe(request())
    assert engine.closed == 1


def test_weights_for_english_decline_another_language(models: Path) -> None:
    engine = ClockEngine(languages=["en"])
    with pytest.raises(Refused, match="English only"):
        transcriber(engine, models).transcribe(request(language="de"))


def test_cancelling_closes_the_engine(models: Path) -> None:
    engine = ClockEngine()

    def cancel(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        transcriber(engine, models, LONG_S).transcribe(request(LONG_S, on_progress=cancel))
    assert engine.closed == 1
    assert len(engine.batches) == 1


def test_progress_never_goes_back(models: Path) -> None:
    seen: list[float] = []
    transcriber(ClockEngine(), models).transcribe(request(on_progress=seen.append))
    assert seen == sorted(seen)
    assert 0.5 < seen[-1] <= 1


def test_without_the_package_it_is_not_installed_and_without_weights_a_command_is_named(
    tmp_path: Path,
) -> None:
    missing = WhisperXTranscriber("large-v3", tmp_path, threads=1, installed=lambda: False)
    with pytest.raises(Refused, match=r"^not installed$"):
        missing.transcribe(request())
    with pytest.raises(Refused, match=r"^no weights of large-v3: run `cliply models fetch large-v"):
        transcriber(ClockEngine(), tmp_path).transcribe(request())


@pytest.mark.parametrize(("has_audio", "speech"), [(False, None), (True, ())])
def test_where_nothing_is_said_nothing_is_started(
    has_audio: bool, speech: tuple[TimeRange, ...] | None, models: Path
) -> None:
    engine = ClockEngine()
    source = source_of(5000, has_audio=has_audio)
    with pytest.raises(NothingSaid):
        transcriber(engine, models).transcribe(
            SpeechRequest(path=models, source=source, speech=speech)
        )
    assert engine.settings is None


def test_the_signature_changes_with_the_models_that_are_there(models: Path) -> None:
    asked = transcriber(ClockEngine(), models)
    assert asked.signature == "large-v3+align-de+diarization"
    (models / "align-de" / "vocab.json").unlink()
    assert asked.signature == "large-v3+diarization"
    (models / "large-v3" / "model.bin").unlink()
    assert asked.signature == "none"
