from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace as Answer
from typing import Any, ClassVar

import numpy as np
import pytest

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import TranscriptQuality
from cliply.media.probe import probe
from cliply.speech.segments import Samples
from cliply.speech.transcriber import NothingSaid, Refused, SpeechRequest
from cliply.speech.whisper import WhisperTranscriber
from tests.speech.sources import clock, request_of, sound_of, source_of, span
from tests.speech.tiny_whisper import build_tiny_whisper


class ClockModel:
    """Hears one word in every second of `clock`, and the time that it tells."""

    supported_languages: ClassVar = ["en", "de"]

    def __init__(self, *languages: tuple[str, float]) -> None:
        self._languages = iter(languages)
        self.asked: list[dict[str, Any]] = []
        self.lengths_s: list[float] = []

    def transcribe(self, audio: Samples, **options: Any) -> tuple[Iterator[Answer], Answer]:
        self.asked.append(options)
        self.lengths_s.append(len(audio) / 16_000)
        language, probability = options["language"] or "en", 1.0
        if not options["language"]:
            language, probability = next(self._languages, ("en", 1.0))
        return self._hear(audio), Answer(language=language, language_probability=probability)

    def _hear(self, audio: Samples) -> Iterator[Answer]:
        for second in range(len(audio) // 16_000):
            told = round((float(audio[second * 16_000]) - 0.002) * 100_000)
            word = Answer(word=f" {told}", start=second, end=second + 0.9, probability=0.9)
            yield Answer(words=[word])


class EnglishModel(ClockModel):
    supported_languages: ClassVar = ["en"]


class BrokenModel(ClockModel):
    def transcribe(self, audio: Samples, **options: Any) -> tuple[Iterator[Answer], Answer]:
        raise RuntimeError("out of memory")


def transcriber_with(model: ClockModel, duration_s: float, folder: Path) -> WhisperTranscriber:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).write_bytes(b"")
    return WhisperTranscriber(
        str(folder),
        folder,
        threads=1,
        read=sound_of(clock(duration_s)),
        load=lambda _folder, _threads: model,
    )


SPEECH = tuple(span(start, start + 4500) for start in range(2000, 92_000, 5000))


def test_long_sound_is_heard_in_windows_with_right_times_at_their_borders(tmp_path: Path) -> None:
    model = ClockModel()
    transcript = transcriber_with(model, 95, tmp_path).transcribe(request_of(95_000, speech=SPEECH))
    assert len(model.lengths_s) > 3
    assert max(model.lengths_s) <= 28
    assert len(transcript.words) > 80
    assert all(abs(int(w.text) - w.span.start_ms) <= 1 for w in transcript.words)


def test_one_stretch_of_speech_longer_than_a_window_is_heard_whole(tmp_path: Path) -> None:
    model = ClockModel()
    transcript = transcriber_with(model, 70, tmp_path).transcribe(
        request_of(70_000, speech=(span(0, 70_000),))
    )
    heard = [w.span.start_ms for w in transcript.words]
    assert max(np.diff(heard)) < 2100
    assert sum(model.lengths_s) == pytest.approx(70)


def test_the_hint_names_the_language(tmp_path: Path) -> None:
    model = ClockModel()
    request = request_of(95_000, speech=SPEECH, language="de-AT")
    assert transcriber_with(model, 95, tmp_path).transcribe(request).language == "de"
    assert {asked["language"] for asked in model.asked} == {"de"}


def test_a_hint_that_the_model_does_not_know_is_left_to_the_model(tmp_path: Path) -> None:
    model = ClockModel(("de", 0.9))
    request = request_of(95_000, speech=SPEECH, language="tlh")
    assert transcriber_with(model, 95, tmp_path).transcribe(request).language == "de"


def test_a_doubtful_language_is_asked_for_again_and_most_words_decide(tmp_path: Path) -> None:
    model = ClockModel(("en", 0.4), ("de", 0.9))
    transcript = transcriber_with(model, 95, tmp_path).transcribe(request_of(95_000, speech=SPEECH))
    assert [asked["language"] for asked in model.asked[:3]] == [None, None, "de"]
    assert transcript.language == "de"


def test_weights_for_english_decline_another_language(tmp_path: Path) -> None:
    request = request_of(95_000, speech=SPEECH, language="de")
    with pytest.raises(Refused, match="English only"):
        transcriber_with(EnglishModel(), 95, tmp_path).transcribe(request)


def test_a_model_that_breaks_is_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="failed: out of memory"):
        transcriber_with(BrokenModel(), 95, tmp_path).transcribe(request_of(95_000, speech=SPEECH))


def test_without_weights_it_says_which_command_brings_them(tmp_path: Path) -> None:
    transcriber = WhisperTranscriber("tiny", tmp_path / "models", threads=1)
    with pytest.raises(Refused, match=r"^no weights of tiny: run `cliply models fetch tiny`$"):
        transcriber.transcribe(request_of(95_000, speech=SPEECH))


def test_a_folder_without_weights_is_no_reason_to_fetch_anything(tmp_path: Path) -> None:
    transcriber = WhisperTranscriber(str(tmp_path), tmp_path, threads=1)
    with pytest.raises(Refused, match=r"^no weights of .* neither such a folder"):
        transcriber.transcribe(request_of(95_000, speech=SPEECH))


def test_the_names_of_the_workspace_are_given_to_the_model(tmp_path: Path) -> None:
    model = ClockModel()
    request = request_of(95_000, speech=SPEECH, hotwords=("Cliply", "Dagster"))
    transcriber_with(model, 95, tmp_path).transcribe(request)
    assert {asked["hotwords"] for asked in model.asked} == {"Cliply, Dagster"}
    model.asked.clear()
    transcriber_with(model, 95, tmp_path).transcribe(request_of(95_000, speech=SPEECH))
    assert {asked["hotwords"] for asked in model.asked} == {None}


def test_weights_that_do_not_load_are_a_refusal(tmp_path: Path) -> None:
    transcriber_with(ClockModel(), 5, tmp_path)
    transcriber = WhisperTranscriber(str(tmp_path), tmp_path, threads=1)
    with pytest.raises(Refused, match="do not load"):
        transcriber.transcribe(request_of(95_000, speech=SPEECH))


@pytest.mark.parametrize(("has_audio", "speech"), [(False, None), (True, ())])
def test_where_nothing_is_said_nothing_is_loaded(
    has_audio: bool, speech: tuple[TimeRange, ...] | None, tmp_path: Path
) -> None:
    request = SpeechRequest(
        path=tmp_path, source=source_of(5000, has_audio=has_audio), speech=speech
    )
    with pytest.raises(NothingSaid):
        WhisperTranscriber("tiny", tmp_path, threads=1).transcribe(request)


def test_real_sound_goes_through_a_real_whisper(shared_media: Path, tmp_path: Path) -> None:
    weights = build_tiny_whisper(tmp_path / "tiny")
    path = shared_media / "jfk.flac"
    request = SpeechRequest(path=path, source=probe(path))
    transcriber = WhisperTranscriber("tiny", tmp_path, threads=1)
    transcript = transcriber.transcribe(request)
    assert weights == tmp_path / transcript.model
    assert (transcript.engine, transcript.language) == ("faster-whisper", "en")
    assert transcript.quality == TranscriptQuality.high
    assert transcript.words
    assert transcript.words[-1].span.end_ms <= request.source.duration_ms
    assert transcriber.transcribe(request) == transcript
