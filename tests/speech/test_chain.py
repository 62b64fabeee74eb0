from pathlib import Path

import pytest
from pydantic import SecretStr

from cliply.domain.media import SubtitleStream
from cliply.domain.transcribers import STANDARD_ORDER, order_of
from cliply.domain.transcript import Refusal, Transcript, TranscriptQuality
from cliply.errors import Cancelled, ErrorCode, InvalidInput
from cliply.media.probe import probe
from cliply.speech.chain import is_makeshift, transcribe_with_first
from cliply.speech.engines import Engines
from cliply.speech.transcriber import NothingSaid, Refused, SpeechRequest, Transcriber
from cliply.speech.words import RawWord, transcript_of
from tests.speech.sources import request_of, source_of, span


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


def engines_in(folder: Path, order: str = ",".join(STANDARD_ORDER), **fields: object) -> Engines:
    told = {"models_dir": folder, "workers": 1, "order": order_of(order), "whisper_model": "x"}
    return Engines(**(told | fields))


def names(chain: tuple[Transcriber, ...]) -> list[str]:
    return [transcriber.name for transcriber in chain]


def test_written_words_are_asked_for_before_heard_ones(tmp_path: Path) -> None:
    engines = engines_in(tmp_path)
    assert names(engines.chain(sidecar=True)) == [
        "sidecar",
        "embedded",
        "whisperx",
        "faster-whisper",
        "deepgram",
        "pocketsphinx",
    ]
    assert names(engines.chain(sidecar=False))[0] == "embedded"


def test_the_order_is_the_one_that_is_configured(tmp_path: Path) -> None:
    engines = engines_in(tmp_path, "deepgram, sidecar,pocketsphinx")
    assert names(engines.chain(sidecar=True)) == ["deepgram", "sidecar", "pocketsphinx"]
    assert names(engines.chain(sidecar=False)) == ["deepgram", "pocketsphinx"]


def test_a_transcript_that_was_given_is_asked_even_where_the_order_leaves_it_out(
    tmp_path: Path,
) -> None:
    engines = engines_in(tmp_path, "pocketsphinx")
    assert names(engines.chain(sidecar=True)) == ["sidecar", "pocketsphinx"]


@pytest.mark.parametrize("order", ["whisper", "sidecar,sidecar", "", " , ", "deepgram;embedded"])
def test_an_order_of_unknown_or_doubled_names_is_refused_with_those_that_exist(order: str) -> None:
    with pytest.raises(ValueError, match="choose from sidecar, embedded, whisperx"):
        order_of(order)


def test_the_signature_tells_what_could_bring_another_transcript(tmp_path: Path) -> None:
    base = engines_in(tmp_path)
    (tmp_path / "tiny").mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / "tiny" / name).write_bytes(b"")
    others = [
        engines_in(tmp_path, "embedded,pocketsphinx"),
        engines_in(tmp_path, "pocketsphinx,embedded"),
        engines_in(tmp_path, whisper_model="tiny"),
        engines_in(tmp_path, deepgram_key=SecretStr("k1")),
        engines_in(tmp_path, deepgram_key=SecretStr("k1"), deepgram_model="nova-2"),
    ]
    signatures = [str(one.signature(sidecar=False)) for one in (base, *others)]
    signatures.append(str(base.signature(sidecar=True)))
    assert len(set(signatures)) == len(signatures)
    assert "k1" not in "".join(signatures)
    assert "k1" not in repr(others[3])
    another_key = engines_in(tmp_path, deepgram_key=SecretStr("k2"))
    assert another_key.signature(sidecar=False) == others[3].signature(sidecar=False)


def test_each_refusal_is_kept_in_its_own_words(tmp_path: Path) -> None:
    request = request_of(5000, speech=(span(0, 4000),), language="de")
    transcript = transcribe_with_first(engines_in(tmp_path).chain(sidecar=False), request)
    told = {refusal.engine: refusal.reason for refusal in transcript.refusals}
    assert told["embedded"] == "the source has no text subtitle stream"
    assert told["whisperx"] == "not installed" or told["whisperx"].startswith("no weights")
    assert told["faster-whisper"].startswith("no weights")
    assert told["deepgram"].startswith("no key")
    assert told["pocketsphinx"] == "it knows English only, and the language is de"


@pytest.mark.parametrize(
    ("reason", "is_makeshift_"), [("failed: no answer", True), ("no weights of small", False)]
)
def test_a_transcript_is_makeshift_when_something_better_broke_down(
    reason: str, is_makeshift_: bool
) -> None:
    chain = [Scripted("a", Refused(reason)), Scripted("b", HELLO)]
    assert is_makeshift(transcribe_with_first(chain, request_of(5000))) is is_makeshift_


def test_a_given_sidecar_that_is_invalid_is_never_replaced(tmp_path: Path) -> None:
    sidecar = tmp_path / "talk.srt"
    sidecar.write_text("no captions at all")
    chain = engines_in(tmp_path).chain(sidecar=True)
    with pytest.raises(InvalidInput) as caught:
        transcribe_with_first(chain, request_of(5000, sidecar=sidecar))
    assert caught.value.code == ErrorCode.transcript_invalid


def test_a_source_without_audio_ends_with_an_empty_transcript(tmp_path: Path) -> None:
    chain = engines_in(tmp_path).chain(sidecar=False)
    request = SpeechRequest(path=tmp_path / "a.mkv", source=source_of(5000, has_audio=False))
    transcript = transcribe_with_first(chain, request)
    assert transcript.words == ()
    assert transcript.warnings == ("There is no transcript: the source has no audio stream.",)


def test_captions_inside_a_source_without_audio_are_used(
    shared_media: Path, tmp_path: Path
) -> None:
    subtitles = (SubtitleStream(index=2, codec="mov_text", language="eng"),)
    request = SpeechRequest(
        path=shared_media / "nasa_13013.mp4",
        source=source_of(13_000, has_audio=False, subtitles=subtitles),
    )
    chain = engines_in(tmp_path).chain(sidecar=False)
    assert transcribe_with_first(chain, request).engine == "embedded"


def test_without_weights_keys_and_captions_the_offline_engine_ends_with_word_times(
    shared_media: Path, tmp_path: Path
) -> None:
    """A short cut of an audiobook; half of the words are wrong, and the quality says so."""
    path = shared_media / "manifesto.mp4"
    request = SpeechRequest(path=path, source=probe(path), speech=(span(1_500, 4_000),))
    transcript = transcribe_with_first(engines_in(tmp_path).chain(sidecar=False), request)
    assert (transcript.engine, transcript.quality) == ("pocketsphinx", TranscriptQuality.low)
    assert [refusal.engine for refusal in transcript.refusals] == [
        "embedded",
        "whisperx",
        "faster-whisper",
        "deepgram",
    ]
    assert len(transcript.words) >= 3
    assert transcript.words[0].span.start_ms >= 1_000
    assert transcript.words[-1].span.end_ms <= 4_500
