from pathlib import Path

import pytest

from cliply.domain.media import SubtitleStream
from cliply.media.probe import probe
from cliply.media.subtitles import SubtitleLine
from cliply.speech.embedded import EmbeddedTranscriber, best_stream, language_of
from cliply.speech.transcriber import Refused, SpeechRequest
from tests.speech.sources import source_of, span


def stream(index: int, language: str | None) -> SubtitleStream:
    return SubtitleStream(index=index, codec="subrip", language=language)


STREAMS = (stream(2, "fra"), stream(3, "eng"), stream(4, "ger"), stream(5, None))


@pytest.mark.parametrize(
    ("streams", "hint", "index"),
    [
        (STREAMS, "de-AT", 4),
        (STREAMS, None, 3),
        (STREAMS, "ja", 3),
        ((stream(2, "fra"), stream(3, "ita")), None, 2),
        ((stream(2, None),), "de", 2),
    ],
)
def test_the_spoken_language_is_preferred_then_english_then_the_first(
    streams: tuple[SubtitleStream, ...], hint: str | None, index: int
) -> None:
    assert best_stream(streams, hint).index == index


def test_languages_are_named_in_two_letters_where_there_are_some() -> None:
    assert [language_of(stream(0, tag)) for tag in ("eng", "en-GB", "tlh", "und", None)] == [
        "en",
        "en",
        "tlh",
        None,
        None,
    ]


def test_the_stream_of_a_real_file_is_used(shared_media: Path) -> None:
    path = shared_media / "nasa_13013.mp4"
    transcript = EmbeddedTranscriber().transcribe(SpeechRequest(path=path, source=probe(path)))
    assert transcript.language == "en"
    assert transcript.text_of(transcript.utterances[0]).startswith("This is the optical")
    assert transcript.words[0].span.start_ms == 210
    assert transcript.words[0].speaker == "NAR"


def declined(lines: list[SubtitleLine], **fields: object) -> str:
    request = SpeechRequest(
        path=Path("a.mkv"), source=source_of(60_000, subtitles=STREAMS), **fields
    )
    with pytest.raises(Refused) as caught:
        EmbeddedTranscriber(lambda _path, _stream: lines).transcribe(request)
    return caught.value.reason


def test_a_stream_of_sounds_only_is_declined() -> None:
    assert "no words" in declined([SubtitleLine(0, 1000, "[Music]")])


def test_a_stream_with_only_the_foreign_lines_is_declined() -> None:
    lines = [SubtitleLine(1000, 2000, "Bonjour, monsieur.")]
    assert "2%" in declined(lines, speech=(span(0, 50_000),))


def test_a_translation_is_declined_where_the_speech_itself_can_be_heard() -> None:
    lines = [SubtitleLine(0, 50_000, "Il est là")]
    streams = (stream(2, "fra"),)
    request = SpeechRequest(
        path=Path("a.mkv"), source=source_of(60_000, subtitles=streams), language="en"
    )
    with pytest.raises(Refused, match="is in fr, and the language is en"):
        EmbeddedTranscriber(lambda _path, _stream: lines).transcribe(request)
    mute = SpeechRequest(
        path=Path("a.mkv"),
        source=source_of(60_000, has_audio=False, subtitles=streams),
        language="en",
    )
    assert EmbeddedTranscriber(lambda _path, _stream: lines).transcribe(mute).language == "fr"


def test_lines_after_the_end_are_left_out_with_a_warning() -> None:
    lines = [SubtitleLine(0, 3000, "It runs."), SubtitleLine(90_000, 92_000, "On and on.")]
    request = SpeechRequest(path=Path("a.mkv"), source=source_of(60_000, subtitles=STREAMS))
    transcript = EmbeddedTranscriber(lambda _path, _stream: lines).transcribe(request)
    assert [word.text for word in transcript.words] == ["It", "runs."]
    assert "3 of 5 words of subtitle stream 3" in transcript.warnings[0]


def test_a_source_without_streams_is_declined() -> None:
    with pytest.raises(Refused, match="no text subtitle stream"):
        EmbeddedTranscriber().transcribe(SpeechRequest(path=Path("a.mkv"), source=source_of(5000)))
