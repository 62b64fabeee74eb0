import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.errors import ErrorCode, InvalidInput
from cliply.speech.sidecar import MAX_BYTES, SidecarTranscriber, parse_sidecar
from cliply.speech.transcriber import Refused
from tests.speech.sources import request_of

SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello there.\n\n2\n00:00:03,000 --> 00:00:04,000\nBye.\n"

VTT = """WEBVTT
Kind: captions
Language: de

NOTE made by hand

STYLE
::cue { color: red }

first
00:01.000 --> 00:02.000 align:start position:0%
<v Anna Berg>Guten Tag.</v>

00:00:03.000 --> 00:00:04.500
so<00:00:03.400><c> geht</c><00:00:04.000><c> es</c>
"""

ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.190 align:start position:0%
 
so<00:00:00.400><c> today</c><00:00:01.000><c> we</c>

00:00:02.190 --> 00:00:02.200 align:start position:0%
so today we
 

00:00:02.200 --> 00:00:04.000 align:start position:0%
so today we
learn<00:00:02.900><c> &gt;&gt; things</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
learn >> things
 
"""

FRAGMENTS = (
    *("00:00:01,000 --> 00:00:02,000\n", "00:01.000 --> 00:02.000\n", "00:03.5", "<00:00:01.500>"),
    *("word ", "\n", "\n\n", "<", ">", "[", "]", "NAME: ", "(", ")", "&#", "\\N"),
)

JSON3 = {
    "wireMagic": "pb3",
    "events": [
        {"tStartMs": 0, "dDurationMs": 9000, "id": 1},
        {
            "tStartMs": 160,
            "dDurationMs": 4000,
            "segs": [
                {"utf8": "so", "acAsrConf": 0},
                {"utf8": " today", "tOffsetMs": 240},
                {"utf8": " we", "tOffsetMs": 1000},
            ],
        },
        {"tStartMs": 2190, "dDurationMs": 1970, "aAppend": 1, "segs": [{"utf8": "\n"}]},
        {"tStartMs": 2200, "dDurationMs": 3000, "segs": [{"utf8": "learn a lot"}]},
    ],
}


def words(transcript: Transcript) -> list[tuple[str, int, int]]:
    return [(w.text, w.span.start_ms, w.span.end_ms) for w in transcript.words]


def read(text: str | bytes, duration_ms: int = 10_000) -> Transcript:
    data = text.encode() if isinstance(text, str) else text
    return parse_sidecar(data, "talk.txt", duration_ms)


def test_srt_gives_words_sentences_and_quality() -> None:
    transcript = read(SRT)
    assert words(transcript) == [
        ("Hello", 1000, 1461),
        ("there.", 1461, 2000),
        ("Bye.", 3000, 3900),
    ]
    assert [u.is_sentence for u in transcript.utterances] == [True, True]
    assert (transcript.engine, transcript.quality) == ("sidecar", TranscriptQuality.given)


def test_vtt_keeps_word_times_speakers_and_language() -> None:
    transcript = read(VTT)
    assert words(transcript)[2:] == [("so", 3000, 3400), ("geht", 3400, 4000), ("es", 4000, 4500)]
    assert [w.speaker for w in transcript.words] == ["Anna Berg", "Anna Berg", None, None, None]
    assert transcript.language == "de"


def test_rolling_vtt_says_every_word_once_at_its_own_time() -> None:
    assert words(read(ROLLING)) == [
        ("so", 160, 400),
        ("today", 400, 1000),
        ("we", 1000, 1540),
        ("learn", 2200, 2900),
        ("things", 2900, 4000),
    ]


def test_json3_gives_word_times() -> None:
    assert words(read(json.dumps(JSON3))) == [
        ("so", 160, 400),
        ("today", 400, 1160),
        ("we", 1160, 1700),
        ("learn", 2200, 3280),
        ("a", 3280, 3640),
        ("lot", 3640, 4360),
    ]


def test_our_own_json_comes_back_as_it_was() -> None:
    before = read(VTT)
    after = read(before.model_dump_json())
    assert (after.words, after.utterances, after.language) == (
        before.words,
        before.utterances,
        "de",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_any_usual_encoding_is_read(encoding: str) -> None:
    data = SRT.replace("there", "Jürgen").replace("\n", "\r\n").encode(encoding)
    assert read(data).words[1].text == "Jürgen."


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.transcript_empty),
        (b"\n \n", ErrorCode.transcript_empty),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n[Music]\n", ErrorCode.transcript_empty),
        (b'{"events": []}', ErrorCode.transcript_empty),
        (b"\x00\x01\x02\xff" * 10, ErrorCode.transcript_unreadable),
        (b"Just a text without times.", ErrorCode.transcript_invalid),
        (b"1 --> 2\nnot a time\n", ErrorCode.transcript_invalid),
        (b"WEBVTT\n", ErrorCode.transcript_invalid),
        (b'{"events": [', ErrorCode.transcript_invalid),
        (b'{"events": [{"tStartMs": "soon"}]}', ErrorCode.transcript_invalid),
        (b'{"events": 3}', ErrorCode.transcript_invalid),
        (b'{"words": "all of them"}', ErrorCode.transcript_invalid),
        (b"[" * 100_000, ErrorCode.transcript_invalid),
        (b'{"a":' * 100_000, ErrorCode.transcript_invalid),
        (b" " * (MAX_BYTES + 1), ErrorCode.transcript_invalid),
        (SRT.replace("00:00:0", "01:00:0").encode(), ErrorCode.transcript_outside_source),
    ],
)
def test_a_file_that_is_no_transcript_says_what_is_wrong(data: bytes, code: ErrorCode) -> None:
    with pytest.raises(InvalidInput, match=r"talk\.txt") as caught:
        read(data)
    assert caught.value.code == code


def test_words_after_the_end_of_the_source_are_left_out_with_a_warning() -> None:
    transcript = read(SRT, duration_ms=2500)
    assert [w.text for w in transcript.words] == ["Hello", "there."]
    assert transcript.warnings == (
        "1 of 3 words of talk.txt lie outside the source, and were left out.",
    )


ODD_SRT = """1
00:00:05,000 --> 00:00:06,000
Third line.

2
00:00:01,000 --> 00:00:02,500
First line.

3
00:00:02,000 --> 00:00:03,000
Second line.

4
00:00:04,000 --> 00:00:04,000
Never.

5
-00:00:03,000 --> -00:00:01,000
Before.

6
00:00:09,500 --> 00:00:12,000
Last line which goes on after the end.

7
00:00:14,000 --> 00:00:15,000
After.
"""


def test_odd_times_of_cues_are_put_right_with_a_warning_for_each_kind() -> None:
    transcript = read(ODD_SRT)
    said = " ".join(word.text for word in transcript.words)
    assert said.startswith("First line. Second line. Third line. Last line")
    assert transcript.words[-1].span.end_ms <= 10_000
    assert [warning.split(" of ")[0] for warning in transcript.warnings] == ["2", "1", "1", "7"]
    for before, after in pairwise(transcript.words):
        assert before.span.end_ms <= after.span.start_ms


def test_odd_times_in_webvtt_and_json3_are_put_right() -> None:
    vtt = "WEBVTT\n\n00:05.000 --> 00:06.000\nb\n\n-00:01.000 --> 00:02.000\na\n"
    events = [
        {"tStartMs": 3000, "dDurationMs": 1000, "segs": [{"utf8": "b"}]},
        {"tStartMs": -2000, "dDurationMs": 2500, "segs": [{"utf8": "a"}]},
        {"tStartMs": 4000, "dDurationMs": 0, "segs": [{"utf8": "never"}]},
    ]
    for text in (vtt, json.dumps({"events": events})):
        transcript = read(text)
        assert [word.text for word in transcript.words] == ["a", "b"]
        assert transcript.words[0].span.start_ms == 0
        assert any("put in order" in warning for warning in transcript.warnings)


GERMAN = (
    "Das ist nicht so wie es in der Stadt war und ich weiß auch nicht wie es mit uns weiter geht"
)


def captions(text: str) -> str:
    return f"1\n00:00:00,000 --> 00:00:09,000\n{text}\n"


def test_a_file_that_does_not_name_its_language_is_looked_at() -> None:
    assert read(captions(GERMAN)).language == "de"
    assert read(captions("Hm.")).language == "und"


def test_another_language_than_the_job_says_is_a_warning() -> None:
    data = captions(GERMAN).encode()
    transcript = parse_sidecar(data, "talk.srt", 10_000, "en-GB")
    assert transcript.language == "de"
    assert transcript.warnings == (
        "talk.srt is in de, and the job says en-GB; it was taken as it is.",
    )
    assert parse_sidecar(data, "talk.srt", 10_000, "de-AT").warnings == ()
    assert parse_sidecar(captions("Hm.").encode(), "talk.srt", 10_000, "en").language == "en"


def test_real_captions_without_punctuation_are_read_whole(shared_media: Path) -> None:
    data = (shared_media / "manifesto.srt").read_bytes()
    transcript = parse_sidecar(data, "manifesto.srt", 88_000)
    assert len(transcript.words) == 206
    assert transcript.words[0].span.start_ms == 1599
    assert len(transcript.utterances) > 4
    assert transcript.warnings == ()


def test_the_hint_names_the_language_that_the_file_does_not(tmp_path: Path) -> None:
    path = tmp_path / "talk.srt"
    path.write_text(SRT)
    request = request_of(10_000, sidecar=path, language="nl-BE")
    assert SidecarTranscriber().transcribe(request).language == "nl-BE"


def test_a_path_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"gone\.srt") as caught:
        SidecarTranscriber().transcribe(request_of(10_000, sidecar=tmp_path / "gone.srt"))
    assert caught.value.code == ErrorCode.transcript_unreadable


def test_without_a_sidecar_it_declines() -> None:
    with pytest.raises(Refused):
        SidecarTranscriber().transcribe(request_of(10_000))


@given(
    st.sampled_from(["", "WEBVTT\n\n", "1\n"]),
    st.lists(st.sampled_from(FRAGMENTS)),
)
def test_any_text_is_a_transcript_or_says_what_is_wrong(head: str, parts: list[str]) -> None:
    try:
        assert read(head + "".join(parts)).words
    except InvalidInput as error:
        event(error.code)


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text("ab ", max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["tStartMs", "dDurationMs", "segs", "utf8", "tOffsetMs"]), inner
            )
        ),
        max_leaves=8,
    )
)
def test_any_json3_is_a_transcript_or_says_what_is_wrong(events: object) -> None:
    try:
        assert read(json.dumps({"events": events})).words
    except InvalidInput as error:
        event(error.code)
