import json
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.errors import Cancelled
from cliply.speech.deepgram import DeepgramTranscriber
from cliply.speech.deepgram_call import Patience
from cliply.speech.deepgram_wire import NotAReply, keyterms, read_reply
from cliply.speech.times import mended_words
from cliply.speech.transcriber import NothingSaid, Refused, SpeechRequest
from cliply.speech.words import transcript_of
from tests.media.sounds import heard_source, sine, write_sound
from tests.speech.fake_deepgram import KEY, MAX_TOKENS, RATE, FakeDeepgram, Said, serving
from tests.speech.sources import request_of, source_of

HASTY = Patience(
    attempts=3, first_pause_s=0.01, longest_pause_s=2, connect_s=2, transfer_s=2, answer_s=0.5
)
TALK = [
    Said("hello", 0.2, 0.5, 0, "Hello,"),
    Said("world", 0.5, 1.0, 0, "world."),
    Said("good", 1.4, 1.6, 1, "Good"),
    Said("evening", 1.6, 2.25, 1, "evening."),
]


@pytest.fixture
def deepgram() -> Iterator[FakeDeepgram]:
    with serving(FakeDeepgram(words=list(TALK))) as fake:
        yield fake


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> SpeechRequest:
    """Three seconds with a second of nothing in them, from 0.5 s on."""
    folder = tmp_path_factory.mktemp("sound")
    sounds = [(0.0, sine(0.5, hz=300)), (1.5, sine(1.5, hz=300))]
    path = write_sound(folder / "talk.mkv", sounds)
    return SpeechRequest(path=path, source=heard_source(path))


def transcriber_at(fake: FakeDeepgram, **options: object) -> DeepgramTranscriber:
    told = {"key": SecretStr(KEY), "base_url": fake.address, "patience": HASTY} | options
    return DeepgramTranscriber(told.pop("key"), **told)


def refusal(fake: FakeDeepgram, request: SpeechRequest, **options: object) -> str:
    with pytest.raises(Refused) as caught:
        transcriber_at(fake, **options).transcribe(request)
    assert KEY not in caught.value.reason
    return caught.value.reason


def words(transcript: Transcript) -> list[tuple[str, int, int]]:
    return [(w.text, w.span.start_ms, w.span.end_ms) for w in transcript.words]


def test_words_come_with_times_punctuation_and_speakers(
    deepgram: FakeDeepgram, heard: SpeechRequest
) -> None:
    transcript = transcriber_at(deepgram).transcribe(heard)
    assert words(transcript) == [
        ("Hello,", 200, 500),
        ("world.", 500, 1000),
        ("Good", 1400, 1600),
        ("evening.", 1600, 2250),
    ]
    assert [turn.speaker for turn in transcript.turns] == ["S1", "S2"]
    assert (transcript.engine, transcript.model) == ("deepgram", "nova-3")
    assert (transcript.language, transcript.quality) == ("en", TranscriptQuality.high)
    assert transcript.warnings == ()


def test_the_whole_sound_goes_up_from_source_time_zero(
    deepgram: FakeDeepgram, heard: SpeechRequest
) -> None:
    transcriber_at(deepgram).transcribe(heard)
    (samples,) = deepgram.sounds
    loud_s = np.flatnonzero(np.abs(samples) > 0.1) / RATE
    assert len(samples) / RATE == pytest.approx(3.0, abs=0.002)
    assert (loud_s[0], loud_s[-1]) == pytest.approx((0.0, 3.0), abs=0.002)
    assert loud_s[np.diff(loud_s, prepend=0).argmax()] == pytest.approx(1.5, abs=0.002)


def test_the_language_is_asked_for_or_recognised(
    deepgram: FakeDeepgram, heard: SpeechRequest
) -> None:
    deepgram.language = "de"
    unknown = transcriber_at(deepgram).transcribe(heard)
    hinted = SpeechRequest(path=heard.path, source=heard.source, language="fr-CA")
    known = transcriber_at(deepgram).transcribe(hinted)
    assert [(asked.get("language"), "detect_language" in asked) for asked in deepgram.asked] == [
        (None, True),
        (["fr"], False),
    ]
    assert (unknown.language, known.language) == ("de", "fr")


def test_a_language_that_it_does_not_know_is_a_refusal(
    deepgram: FakeDeepgram, heard: SpeechRequest
) -> None:
    hinted = SpeechRequest(path=heard.path, source=heard.source, language="tlh")
    reason = refusal(deepgram, hinted)
    assert reason.startswith("failed: Deepgram answered 400")
    assert "No such model/language" in reason


@pytest.mark.parametrize(("model", "name"), [("nova-3", "keyterm"), ("nova-2", "keywords")])
def test_hotwords_are_boosted_under_the_name_that_the_model_knows(
    deepgram: FakeDeepgram, heard: SpeechRequest, model: str, name: str
) -> None:
    request = SpeechRequest(
        path=heard.path, source=heard.source, hotwords=("Cliply", "Ada Lovelace", "Cliply")
    )
    transcriber_at(deepgram, model=model).transcribe(request)
    assert deepgram.asked[0][name] == ["Cliply", "Ada Lovelace"]


@given(st.lists(st.text("abcXYZ é", max_size=60), max_size=200))
def test_hotwords_never_exceed_what_a_request_may_carry(hotwords: list[str]) -> None:
    chosen = keyterms(hotwords)
    assert len(chosen) <= 100
    assert sum(-(-len(term) // 2) for term in chosen) <= MAX_TOKENS + len(chosen) / 2
    assert all(term.strip() == term != "" for term in chosen)


@pytest.mark.parametrize("key", [None, SecretStr(""), SecretStr("  ")])
def test_without_a_key_nothing_is_sent(
    deepgram: FakeDeepgram, heard: SpeechRequest, key: SecretStr | None
) -> None:
    assert refusal(deepgram, heard, key=key).startswith("no key")
    assert deepgram.requests == 0


@pytest.mark.parametrize("key", ["schlüssel", "two words", "line\nbreak", "nul\0"])
def test_a_key_that_no_header_carries_is_refused_without_being_shown(
    deepgram: FakeDeepgram, heard: SpeechRequest, key: str
) -> None:
    reason = refusal(deepgram, heard, key=SecretStr(key))
    assert reason.startswith("failed: DEEPGRAM_API_KEY")
    assert key not in reason


def test_a_wrong_key_is_refused_once_and_not_shown(
    deepgram: FakeDeepgram, heard: SpeechRequest
) -> None:
    with pytest.raises(Refused) as caught:
        transcriber_at(deepgram, key=SecretStr("0123wrong")).transcribe(heard)
    assert "401" in caught.value.reason
    assert "DEEPGRAM_API_KEY" in caught.value.reason
    assert "0123wrong" not in caught.value.reason
    assert deepgram.requests == 1


def test_a_reply_that_repeats_the_key_does_not_show_it(heard: SpeechRequest) -> None:
    fake = FakeDeepgram(failures=["402"], complaint=f"The project of {KEY} has no credit.")
    with serving(fake):
        assert refusal(fake, heard).endswith("The project of … has no credit.")


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        ("402", "402, the account has no credit left: ASR_PAYMENT_REQUIRED"),
        ("403", "403, the key may not do this"),
        ("413", "413, the sound is too large"),
        ("504", "504, the sound took too long to process"),
        ("elsewhere", "Deepgram answered 302"),
        ("page", "something else than words"),
        ("half_json", "something else than words"),
        ("silent", "did not answer in 0.5 s"),
        ("slow", "did not answer in 0.5 s"),
    ],
)
def test_a_failure_that_stays_is_told_and_not_tried_again(
    deepgram: FakeDeepgram, heard: SpeechRequest, failure: str, told: str
) -> None:
    deepgram.failures = [failure]
    reason = refusal(deepgram, heard)
    assert reason.startswith("failed: ")
    assert told in reason
    assert deepgram.requests == 1


@pytest.mark.parametrize("failure", ["429", "429:1", "500", "503", "hangs_up", "drops", "half"])
def test_a_failure_that_passes_is_outlived(
    deepgram: FakeDeepgram, heard: SpeechRequest, failure: str
) -> None:
    deepgram.failures = [failure, failure] if ":" not in failure else [failure]
    begun = time.monotonic()
    assert len(transcriber_at(deepgram).transcribe(heard).words) == 4
    assert deepgram.requests == (2 if ":" in failure else 3)
    assert time.monotonic() - begun >= (1 if ":" in failure else 0.03)


def test_a_storm_of_refusals_ends(deepgram: FakeDeepgram, heard: SpeechRequest) -> None:
    deepgram.failures = ["429"] * 50
    assert "429, there are too many requests: TOO_MANY_REQUESTS" in refusal(deepgram, heard)
    assert deepgram.requests == HASTY.attempts


def test_who_is_told_to_come_back_much_later_gives_up(
    deepgram: FakeDeepgram, heard: SpeechRequest
) -> None:
    deepgram.failures = ["429:86400"]
    assert "429" in refusal(deepgram, heard)
    assert deepgram.requests == 1


def test_a_server_that_is_not_there_is_a_refusal(heard: SpeechRequest) -> None:
    with serving(FakeDeepgram()) as gone:
        pass
    assert "connection to Deepgram failed" in refusal(gone, heard)


def test_sound_that_is_larger_than_it_takes_is_not_sent(
    deepgram: FakeDeepgram, heard: SpeechRequest
) -> None:
    assert "GB" in refusal(deepgram, heard, max_upload_bytes=1000)
    assert deepgram.requests == 0


def test_silence_has_no_words(deepgram: FakeDeepgram, heard: SpeechRequest) -> None:
    deepgram.words = []
    assert transcriber_at(deepgram).transcribe(heard).words == ()


@pytest.mark.parametrize(
    "reply",
    [
        {"request_id": "5b5c"},
        {"results": {"channels": []}},
        {"results": {"channels": [{"alternatives": []}]}},
        {"results": {"channels": [{"alternatives": [{"transcript": "so it goes"}]}]}},
        {
            "results": {
                "channels": [{"alternatives": [{"transcript": "a", "words": [{"word": "a"}]}]}]
            }
        },
        [],
        "words",
        b"",
        b"\xff\xfe",
        b'{"results": {"channels": [{"alternatives": [{"transcript": "a", "words": '
        b'[{"word": "a", "start": NaN, "end": 1e999}]}]}]}}',
    ],
)
def test_a_reply_of_another_form_is_a_refusal(
    deepgram: FakeDeepgram, heard: SpeechRequest, reply: object
) -> None:
    deepgram.reply = reply
    assert "something else than words" in refusal(deepgram, heard)


def test_words_out_of_order_and_beyond_the_end_are_cleaned_and_told(
    deepgram: FakeDeepgram, heard: SpeechRequest
) -> None:
    deepgram.words = [
        Said("two", 1.0, 2.5),
        Said("one", 0.2, 0.9),
        Said("before", -3.0, -2.0),
        Said("three", 1.5, 2.0),
        Said("late", 9.0, 9.5),
    ]
    transcript = transcriber_at(deepgram).transcribe(heard)
    assert words(transcript) == [("one", 200, 900), ("two", 1000, 1500), ("three", 1500, 2000)]
    assert [warning.split(" of ")[0] for warning in transcript.warnings] == ["2", "1", "1"]


@given(
    st.lists(
        st.tuples(
            st.floats(-5, 12, allow_nan=False),
            st.floats(-5, 12, allow_nan=False),
            st.text(max_size=3),
        ),
        max_size=30,
    )
)
def test_any_words_become_a_transcript_that_keeps_the_promises(
    told: list[tuple[float, float, str]],
) -> None:
    fake = FakeDeepgram(words=[Said(text, start, end) for start, end, text in told])
    reply = read_reply(json.dumps(fake.answer({"diarize": ["true"]}, 5.0)).encode())
    raw, _warnings = mended_words(reply.words, 5_000, "x")
    transcript = transcript_of(raw, 5_000, engine="x", quality=TranscriptQuality.high)
    for before, after in pairwise(transcript.words):
        assert before.span.end_ms <= after.span.start_ms
    assert all(w.span.end_ms <= 5_000 and w.text for w in transcript.words)


@given(st.binary(max_size=60) | st.text(max_size=30).map(str.encode))
def test_any_body_is_a_reply_or_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(NotAReply):
        read_reply(body)


def test_where_nothing_is_said_nothing_is_sent(deepgram: FakeDeepgram, tmp_path: Path) -> None:
    silent = SpeechRequest(path=tmp_path / "a.mkv", source=source_of(5000, has_audio=False))
    for request in (silent, request_of(5000, speech=())):
        with pytest.raises(NothingSaid):
            transcriber_at(deepgram).transcribe(request)
    assert deepgram.requests == 0


@pytest.mark.parametrize("phase", ["silent", "slow", "429:2"])
def test_cancelling_ends_a_call_at_once_and_leaves_nothing(
    deepgram: FakeDeepgram, heard: SpeechRequest, phase: str
) -> None:
    deepgram.failures = [phase]
    begun: list[float] = []

    def cancel(_fraction: float) -> None:
        if deepgram.requests:
            begun.append(time.monotonic())
        if begun and time.monotonic() - begun[0] > 0.2:
            raise Cancelled

    request = SpeechRequest(path=heard.path, source=heard.source, on_progress=cancel)
    patient = Patience(answer_s=60, longest_pause_s=60)
    with pytest.raises(Cancelled):
        transcriber_at(deepgram, patience=patient).transcribe(request)
    assert time.monotonic() - begun[0] < 1.5
    assert not [t for t in threading.enumerate() if t.name.startswith("ThreadPoolExecutor")]
    assert deepgram.requests == 1


def test_progress_never_goes_back_and_is_told_while_it_waits(
    deepgram: FakeDeepgram, heard: SpeechRequest
) -> None:
    seen: list[tuple[float, float]] = []
    deepgram.failures = ["429:1", "hangs_up"]
    request = SpeechRequest(
        path=heard.path,
        source=heard.source,
        on_progress=lambda fraction: seen.append((time.monotonic(), fraction)),
    )
    transcriber_at(deepgram).transcribe(request)
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert max(after - before for (before, _), (after, _) in pairwise(seen)) < 0.5
