from pathlib import Path

import pytest

from cliply.domain.media import SubtitleStream
from cliply.domain.transcript import Refusal, Transcript, TranscriptQuality
from cliply.errors import Cancelled, ErrorCode, InvalidInput
from cliply.speech.chain import build_chain, transcribe_with_first
from cliply.speech.transcriber import NothingSaid, Refused, SpeechRequest
from cliply.speech.words import RawWord, transcript_of
from tests.speech.sources import request_of, source_of


class Scripted:
    """A transcriber that answers or raises what it was given."""

    def __init__(self, name: str, outcome: list[RawWord] | Exception) -> None:
        self.name = name
        self.outcome = outcome
        self.was_asked = False

    def transcribe(self, request: SpeechRequest) -> Transcript:
        self.was_asked = True
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return transcript_of(
            self.outcome,
            request.source.duration_ms,
            engine=self.name,
            quality=TranscriptQuality.high,
        )


HELLO = [RawWord("hello", 0, 500)]


def test_the_first_answer_counts_and_the_refusals_are_kept() -> None:
    last = Scripted("c", HELLO)
    chain = [Scripted("a", Refused("no weights")), Scripted("b", HELLO), last]
    transcript = transcribe_with_first(chain, request_of(5000))
    assert transcript.engine == "b"
    assert transcript.refusals == (Refusal(engine="a", reason="no weights"),)
    assert not last.was_asked


def test_when_all_refuse_the_transcript_is_empty_and_says_why() -> None:
    chain = [Scripted("a", Refused("no weights")), Scripted("b", Refused("English only"))]
    transcript = transcribe_with_first(chain, request_of(5000))
    assert (transcript.engine, transcript.quality) == ("none", TranscriptQuality.none)
    assert transcript.language == "und"
    assert "a: no weights; b: English only" in transcript.warnings[0]


def test_where_nothing_is_said_nobody_else_is_asked() -> None:
    last = Scripted("b", HELLO)
    chain = [Scripted("a", NothingSaid("nobody speaks in the source")), last]
    transcript = transcribe_with_first(chain, request_of(5000))
    assert transcript.warnings == ("There is no transcript: nobody speaks in the source.",)
    assert not last.was_asked


def test_an_engine_that_hears_no_word_ends_the_search() -> None:
    last = Scripted("b", HELLO)
    transcript = transcribe_with_first([Scripted("a", []), last], request_of(5000))
    assert (transcript.quality, last.was_asked) == (TranscriptQuality.none, False)
    assert "a heard no words" in transcript.warnings[0]


@pytest.mark.parametrize("error", [Cancelled(), InvalidInput(ErrorCode.transcript_invalid, "x")])
def test_errors_are_not_refusals(error: Exception) -> None:
    with pytest.raises(type(error)):
        transcribe_with_first([Scripted("a", error), Scripted("b", HELLO)], request_of(5000))


def chain_in(folder: Path, *, sidecar: bool) -> list[str]:
    chain = build_chain(
        whisper_model="tiny", models_dir=folder, hub="never", sidecar=sidecar, workers=1
    )
    return [transcriber.name for transcriber in chain]


def test_written_words_are_asked_for_before_heard_ones(tmp_path: Path) -> None:
    assert chain_in(tmp_path, sidecar=True) == [
        "sidecar",
        "embedded",
        "faster-whisper",
        "pocketsphinx",
    ]
    assert chain_in(tmp_path, sidecar=False)[0] == "embedded"


def test_a_given_sidecar_that_is_invalid_is_never_replaced(tmp_path: Path) -> None:
    sidecar = tmp_path / "talk.srt"
    sidecar.write_text("no captions at all")
    chain = build_chain(
        whisper_model="tiny", models_dir=tmp_path, hub="never", sidecar=True, workers=1
    )
    with pytest.raises(InvalidInput) as caught:
        transcribe_with_first(chain, request_of(5000, sidecar=sidecar))
    assert caught.value.code == ErrorCode.transcript_invalid


def test_a_source_without_audio_ends_with_an_empty_transcript(tmp_path: Path) -> None:
    chain = build_chain(
        whisper_model="tiny", models_dir=tmp_path, hub="never", sidecar=False, workers=1
    )
    request = SpeechRequest(path=tmp_path / "a.mkv", source=source_of(5000, has_audio=False))
    transcript = transcribe_with_first(chain, request)
    assert transcript.words == ()
    assert transcript.warnings == ("There is no transcript: the source has no audio stream.",)


def test_captions_inside_a_source_without_audio_are_used(shared_media: Path) -> None:
    subtitles = (SubtitleStream(index=2, codec="mov_text", language="eng"),)
    request = SpeechRequest(
        path=shared_media / "nasa_13013.mp4",
        source=source_of(13_000, has_audio=False, subtitles=subtitles),
    )
    chain = build_chain(
        whisper_model="tiny", models_dir=shared_media, hub="never", sidecar=False, workers=1
    )
    assert transcribe_with_first(chain, request).engine == "embedded"
